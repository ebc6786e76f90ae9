"""What the book makes of its ledger: links at each claim, and the pages printed from all of them.

{coverage} S1       the claims of a source, each with the chapters that carry it
{formula-sheet}     the statements of the claims named in the body, one row each
{lemma-graph}       the dependency graph of all claims, and the same as an outline
{ledger}            the table of all claims
{claim}`some-id`    a link to a claim, or to a claim of the sources
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from textwrap import wrap

import igraph
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from gradproof.ledger import read_ledger, source_claims

HERE = Path(__file__).parent
SOURCES, GRAPH, LEDGER = "reference/sources", "reference/lemma-graph", "reference/ledger"

PARTLY = ", but rests on a claim that is not proved for every size"

#: How far a claim is established, and how a page says so.
STANDINGS = {
    "proved": "proved, and so is everything it rests on",
    "partly": f"proved{PARTLY}",
    "fixed": "proved at fixed size",
    "executed": "numeric only: settled by running code",
}

logger = logging.getLogger(__name__)


# --- The claims ------------------------------------------------------------------------


def standings(claims: Iterable[dict]) -> dict[str, str]:
    """Return for each claim's id one of `STANDINGS`; claims may come in any order."""
    by_id = {claim["id"]: claim for claim in claims}
    found: dict[str, str] = {}

    def standing(claim_id: str) -> str:
        if claim_id not in found:
            claim = by_id[claim_id]
            if claim["symbolic"] is None:
                found[claim_id] = "executed"
            elif claim["symbolic"]["scope"].startswith("n = "):
                found[claim_id] = "fixed"
            else:
                below = [standing(other) for other in claim["depends_on"]]
                found[claim_id] = "proved" if set(below) <= {"proved"} else "partly"
        return found[claim_id]

    return {claim_id: standing(claim_id) for claim_id in by_id}


def needed_by(claims: Iterable[dict]) -> dict[str, list[str]]:
    """Return for each claim's id the ids of the claims that rest on it."""
    found: dict[str, list[str]] = {}
    for claim in claims:
        found.setdefault(claim["id"], [])
        for other in claim["depends_on"]:
            found.setdefault(other, []).append(claim["id"])
    return found


def chapter_name(chapter: str) -> str:
    """Return how a page speaks of a chapter: "chapter 3", "Start here"."""
    number, _, words = chapter.partition("-")
    return f"chapter {int(number)}" if int(number) else words.replace("-", " ").capitalize()


# --- Pieces of pages ---------------------------------------------------------------------


def inline(words: str) -> list[nodes.Node]:
    """Return words with ``$formulas$`` and ```code``` as nodes."""
    found: list[nodes.Node] = []
    for at, part in enumerate(re.split(r"\$([^$]*)\$", words)):
        if at % 2:
            found.append(nodes.math(part, part))
        else:
            for k, piece in enumerate(part.split("`")):
                if piece:
                    found.append(nodes.literal(piece, piece) if k % 2 else nodes.Text(piece))
    return found


def link(words: str, uri: str, **attributes) -> nodes.reference:
    """Return a link with formulas and code in its words."""
    return nodes.reference("", "", *inline(words), refuri=uri, internal=True, **attributes)


def statement(claim: dict) -> list[nodes.Node]:
    """Return the statement of a claim: a formula; or, of an executed one, words that can wrap."""
    tex = claim["statement"]
    if claim["symbolic"]:
        return [nodes.math(tex, tex)]
    found: list[nodes.Node] = []
    for at, part in enumerate(re.split(r"\\text\{((?:[^{}\\]|\\.|\{\})*)\}", tex)):
        if at % 2:
            words = part.replace(r"\textbackslash{}", "\\").replace(r"\textasciicircum{}", "^")
            found.append(nodes.Text(re.sub(r"\\([^a-zA-Z])", r"\1", words)))
        elif part.strip():
            found.append(
                nodes.Text(f" {part.strip()} ")
                if part.strip() == "="
                else nodes.Text("; ")
                if part.strip() == r",\;"
                else nodes.math(part, part)
            )
    return found


def display(tex: str) -> nodes.math_block:
    """Return a displayed formula without number."""
    return nodes.math_block(tex, tex, nowrap=False, number=None, label=None)


def joined(links: Sequence[nodes.Node], between: str = ", ") -> list[nodes.Node]:
    """Return the nodes with words between them."""
    found: list[nodes.Node] = []
    for at, node in enumerate(links):
        found += [nodes.Text(between), node] if at else [node]
    return found


def table(header: Sequence[str], rows: Iterable[tuple[dict, Sequence]], *classes: str):
    """Return a table; each row has its attributes and, for each cell, a list of nodes."""
    group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in header], cols=len(header))
    body = nodes.tbody()
    for attributes, cells in rows:
        entries = [nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells]
        body += nodes.row("", *entries, **attributes)
    titles = [nodes.entry("", nodes.paragraph("", name)) for name in header]
    group += [nodes.thead("", nodes.row("", *titles)), body]
    return nodes.table("", group, classes=["claims", *classes])


class ClaimDirective(SphinxDirective):
    """A directive that knows the ledger and where everything stands."""

    @property
    def claims(self) -> tuple[dict, ...]:
        """All claims, in the order of the book."""
        return self.env.app.ledger.claims

    def uri(self, page: str, anchor: str = "") -> str:
        """Return the address of another page, seen from this one."""
        address = self.env.app.builder.get_relative_uri(self.env.docname, page)
        return f"{address}#{anchor}" if anchor else address

    def claim_uri(self, claim: dict) -> str:
        """Return the address of a claim in its chapter."""
        return self.uri(f"chapters/{claim['chapter']}", f"claim-{claim['id']}")

    def sources_of(self, claim: dict) -> list[nodes.Node]:
        """Return links to the claims of the sources that a claim covers."""
        return joined([link(s, self.uri(SOURCES, s.lower())) for s in claim["sources"]])


# --- Coverage and formula sheet --------------------------------------------------------------


class CoverageDirective(ClaimDirective):
    """The claims of a source, each with the chapters and claims that carry it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        source = self.arguments[0]
        rows = []
        for source_id, entry in source_claims().items():
            if source_id.split("-")[0] != source:
                continue
            carried = [claim for claim in self.claims if source_id in claim["sources"]]
            links = [
                nodes.inline(
                    "",
                    "",
                    nodes.Text(f"{chapter_name(claim['chapter'])}: "),
                    link(claim["title"], self.claim_uri(claim)),
                )
                for claim in carried
            ]
            if set(entry["checks"]) <= {"DOC"}:
                links = links or [nodes.emphasis("", "nothing to check: a sentence or a figure")]
            cells = [inline(source_id), inline(entry["title"]), joined(links, "; ")]
            rows.append(({"ids": [source_id.lower()]}, cells))
        if not rows:
            raise self.error(f"coverage: expected S0 to S4, got {source}")
        return [table(("claim", "what it says", "where it is checked"), rows)]


class FormulaSheetDirective(ClaimDirective):
    """The statements of some claims, printed from their records."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a row for each id in the body."""
        by_id = {claim["id"]: claim for claim in self.claims}
        rows = []
        for line in filter(None, map(str.strip, self.content)):
            if line not in by_id:
                raise self.error(f"formula-sheet: no claim {line}")
            claim = by_id[line]
            given = joined([nodes.math(h, h) for h in claim["hypotheses"]])
            tex = rf"\displaystyle {claim['statement']}"
            formula = nodes.math(tex, tex)
            rows.append(({}, [[link(claim["title"], self.claim_uri(claim))], [formula], given]))
        return [table(("claim", "formula", "given"), rows, "formula-sheet")]


# --- The table of all claims -------------------------------------------------------------------


class LedgerDirective(ClaimDirective):
    """The table of all claims."""

    def run(self) -> list[nodes.Node]:
        """Return the table; claims.js puts the filter above it."""
        standing = standings(self.claims)
        header = ("claim", "statement", "source", "established", "checks", "seconds")
        rows = []
        for claim in self.claims:
            name = claim["id"]
            title = [
                link(claim["title"], self.claim_uri(claim)),
                nodes.Text(" "),
                nodes.literal(name, name),
                nodes.Text(f" {chapter_name(claim['chapter'])} "),
                link("graph", self.uri(GRAPH, f"node-{name}")),
            ]
            symbolic, numeric, wrong = claim["symbolic"], claim["numeric"], claim["mutants"]
            scope = f"proved for {symbolic['scope']}" if symbolic else "executed"
            error = (
                f"{numeric['method']}, {numeric['points']} points, error at most "
                f"{numeric['max_error']:.0e}"
                if numeric and symbolic
                else f"{numeric['points']} rows as expected"
                if numeric
                else "no numeric twin"
            )
            killed = f"{wrong['killed']} refuted"
            killed += f", {wrong['equivalent']} equivalent" if wrong["equivalent"] else ""
            seconds = "" if claim["seconds"] is None else f"{claim['seconds']:.2f}"
            given = joined([nodes.math(h, h) for h in claim["hypotheses"]])
            cells = [
                title,
                [*statement(claim), *([nodes.Text(", given "), *given] if given else [])],
                self.sources_of(claim),
                [nodes.Text(scope + PARTLY * (standing[name] == "partly"))],
                [nodes.Text(f"{error}; wrong variants: {killed}")],
                [nodes.Text(seconds)],
            ]
            classes = [standing[name], f"chapter-{claim['chapter']}"]
            rows.append(({"ids": [f"row-{name}"], "classes": classes}, cells))
        return [table(header, rows, "ledger")]


# --- The graph ---------------------------------------------------------------------------------

WIDE, HIGH, ROW, ACROSS, PER_ROW = 154, 52, 78, 163, 6


def layers(chapter: Sequence[dict]) -> list[list[str]]:
    """Return the claims of a chapter in rows: what a claim rests on stands in a row above.

    igraph's Sugiyama layout orders each row so that few edges cross. A row has at most
    `PER_ROW` claims.
    """
    place = {claim["id"]: at for at, claim in enumerate(chapter)}
    edges = [(place[o], place[c["id"]]) for c in chapter for o in c["depends_on"] if o in place]
    # The chapter itself is a node above all others: igraph crashes on graphs in several parts.
    top = len(chapter)
    graph = igraph.Graph(top + 1, edges + [(top, at) for at in range(top)], directed=True)
    depth = [-1] * (top + 1)
    for at in graph.topological_sorting():
        depth[at] = max((depth[other] + 1 for other in graph.predecessors(at)), default=-1)
    coordinates = graph.layout_sugiyama(layers=[level + 1 for level in depth]).coords
    rows: list[list[str]] = []
    for level in range(max(depth) + 1):
        row = sorted(
            (at for at in range(len(chapter)) if depth[at] == level), key=coordinates.__getitem__
        )
        count = -(-len(row) // PER_ROW)
        per = -(-len(row) // count)
        rows += [[chapter[at]["id"] for at in row[k : k + per]] for k in range(0, len(row), per)]
    return rows


def places(claims: Sequence[dict]) -> tuple[dict[str, tuple[int, int]], dict[str, int], int]:
    """Return the place of each claim's node, the top of each chapter, and the height."""
    found, tops, top = {}, {}, 0
    for chapter in dict.fromkeys(claim["chapter"] for claim in claims):
        tops[chapter] = top
        top += 34
        for row in layers([claim for claim in claims if claim["chapter"] == chapter]):
            left = (PER_ROW - len(row)) * ACROSS // 2
            found |= {name: (left + k * ACROSS, top) for k, name in enumerate(row)}
            top += ROW
        top += 16
    return found, tops, top


def outline_of(standing: str, x: int, y: int) -> str:
    """Return the SVG shape of a node; each standing has its own."""
    right, bottom, middle = x + WIDE, y + HIGH, y + HIGH // 2
    match standing:
        case "proved" | "partly":
            return f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="9"/>'
        case "fixed":
            points = f"{x},{middle} {x + 9},{y} {right - 9},{y} {right},{middle} "
            points += f"{right - 9},{bottom} {x + 9},{bottom}"
        case _:
            points = f"{x + 9},{y} {right},{y} {right - 9},{bottom} {x},{bottom}"
    return f'<polygon points="{points}"/>'


def swatch(standing: str) -> str:
    """Return a small picture of a node, for the legend."""
    return (
        f'<svg class="lemma-swatch" viewBox="-4 -4 {WIDE + 8} {HIGH + 8}" width="60" height="22" '
        f'role="img" aria-label="{standing}"><g class="{standing}">{outline_of(standing, 0, 0)}'
        "</g></svg>"
    )


def node_words(title: str) -> list[str]:
    """Return a title in at most three short lines, formulas as words."""
    words = re.sub(r"\\([a-zA-Z]+)\s?", r"\1 ", title)
    words = re.sub(r"\\[^a-zA-Z]", " ", words)
    return wrap(re.sub(r"[${}`]", "", words), 23, max_lines=3, placeholder=" …")


class LemmaGraphDirective(ClaimDirective):
    """The dependency graph of all claims, and the same as an outline."""

    def run(self) -> list[nodes.Node]:
        """Return the drawing and the outline below it."""
        count = list(standings(self.claims).values()).count
        rows = [
            (
                {},
                [
                    [nodes.raw("", swatch(name), format="html")],
                    [nodes.Text(f"{words} ({count(name)})")],
                ],
            )
            for name, words in STANDINGS.items()
        ]
        drawing = nodes.raw("", self.drawing(), format="html")
        return [table(("box", "what it means"), rows), drawing, *self.outline()]

    def drawing(self) -> str:
        """Return the SVG: a link for each claim, a curve for each dependency."""
        standing = standings(self.claims)
        place, tops, height = places(self.claims)
        parts = []
        for chapter, top in tops.items():
            uri = escape(self.uri(f"chapters/{chapter}"))
            parts.append(
                f'<a href="{uri}"><text class="chapter" x="4" y="{top + 20}">'
                f"{escape(chapter_name(chapter).capitalize())}</text></a>"
            )
        for claim in self.claims:
            x, y = place[claim["id"]]
            for other in claim["depends_on"]:
                u, v = place[other]
                start, end = (u + WIDE // 2, v + HIGH), (x + WIDE // 2, y)
                bend = max(20, min(70, (end[1] - start[1]) // 2))
                parts.append(
                    f'<path data-from="{other}" data-to="{claim["id"]}" d="M{start[0]} {start[1]} '
                    f'C{start[0]} {start[1] + bend} {end[0]} {end[1] - bend} {end[0]} {end[1]}"/>'
                )
        for claim in self.claims:
            name, (x, y) = claim["id"], place[claim["id"]]
            words = node_words(claim["title"])
            lines = "".join(
                f'<tspan x="{x + WIDE // 2}" y="{y + 30 + 15 * k - 7.5 * (len(words) - 1)}">'
                f"{escape(line)}</tspan>"
                for k, line in enumerate(words)
            )
            plain = escape(f"{claim['title'].replace('$', '')}: {STANDINGS[standing[name]]}")
            uri = escape(self.claim_uri(claim))
            parts.append(
                f'<a id="node-{name}" class="{standing[name]}" href="{uri}">'
                f"<title>{plain}</title>{outline_of(standing[name], x, y)}<text>{lines}</text></a>"
            )
        width = PER_ROW * ACROSS
        return (
            '<div class="lemma-graph" tabindex="0" role="group" '
            'aria-label="Dependency graph; the outline below says the same in words">'
            f'<svg viewBox="-4 0 {width} {height}" width="{width}" height="{height}" '
            f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg></div>'
        )

    def outline(self) -> list[nodes.Node]:
        """Return for each chapter the list of its claims and what they rest on."""
        titles = {claim["id"]: claim["title"] for claim in self.claims}
        standing, above = standings(self.claims), needed_by(self.claims)
        found: list[nodes.Node] = []
        for chapter in dict.fromkeys(claim["chapter"] for claim in self.claims):
            items = nodes.bullet_list()
            for claim in self.claims:
                if claim["chapter"] != chapter:
                    continue
                name = claim["id"]
                first = nodes.paragraph("", "", link(claim["title"], self.claim_uri(claim)))
                first += nodes.Text(f": {STANDINGS[standing[name]]}.")
                body = (
                    display(claim["statement"])
                    if claim["symbolic"]
                    else nodes.paragraph("", "", *statement(claim))
                )
                parts = [first, body]
                # Long hypotheses get lines of their own, where they can scroll.
                short = [nodes.math(h, h) for h in claim["hypotheses"] if len(h) <= 60]
                long = [display(h) for h in claim["hypotheses"] if len(h) > 60]
                if short or long:
                    given = nodes.paragraph("", "Given: ", *joined(short))
                    given += nodes.Text("." if not long else " and" if short else "")
                    parts += [given, *long]
                for words, others, classes in (
                    ("Rests on: ", claim["depends_on"], []),
                    ("Needed by: ", above[name], ["needed-by"]),
                ):
                    if others:
                        links = joined([link(titles[o], f"#outline-{o}") for o in others])
                        end = nodes.Text(".")
                        parts.append(nodes.paragraph("", words, *links, end, classes=classes))
                items += nodes.list_item("", *parts, ids=[f"outline-{name}"])
            heading = nodes.rubric("", chapter_name(chapter).capitalize())
            found += [heading, items]
        return [nodes.container("", *found, classes=["outline"])]


# --- In the chapters ------------------------------------------------------------------------------


class ClaimRole(SphinxRole):
    """A link to a claim of the book, or to a claim of the sources."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.Node]]:
        """Return the id in code, linked."""
        by_id = {claim["id"]: claim for claim in self.env.app.ledger.claims}
        relative = self.env.app.builder.get_relative_uri
        if self.text in source_claims():
            uri = f"{relative(self.env.docname, SOURCES)}#{self.text.lower()}"
        elif self.text in by_id:
            chapter = f"chapters/{by_id[self.text]['chapter']}"
            uri = f"{relative(self.env.docname, chapter)}#claim-{self.text}"
        else:
            logger.warning("claim: no claim %s", self.text, location=self.get_location())
            return [nodes.literal(self.text, self.text)], []
        return [link(f"`{self.text}`", uri)], []


def plain_title(title: str) -> str:
    """Return a title as the text of its nodes reads."""
    return re.sub(r"[$`]", "", title) + "."


class MarkClaims(SphinxTransform):
    """Give each claim of a chapter an anchor, index entry, and links to graph and ledger."""

    default_priority = 800  # before the domains collect index entries

    def apply(self, **_) -> None:
        """Look for the titles of the chapter's claims, and say below the title what it needs."""
        folder, _, chapter = self.env.docname.partition("/")
        if folder != "chapters":
            return
        claims = [claim for claim in self.app.ledger.claims if claim["chapter"] == chapter]
        open_ = {plain_title(claim["title"]): claim for claim in claims}
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if [type(child) for child in paragraph if child.astext()] == [nodes.strong]:
                claim = open_.pop(paragraph.astext(), None)
                if claim:
                    self.mark(paragraph, claim)
        for claim in open_.values():
            logger.warning("%s: claim %s is not found on its page", chapter, claim["id"])
        self.tell_what_it_needs(chapter)
        self.link_errata()

    def uri(self, page: str) -> str:
        """Return the address of another page, seen from this one."""
        return self.app.builder.get_relative_uri(self.env.docname, page)

    def mark(self, paragraph: nodes.paragraph, claim: dict) -> None:
        """Put the anchor, the index entry and the links at the title of a claim."""
        name = claim["id"]
        paragraph["ids"].append(f"claim-{name}")
        # The search finds a claim by its title and by its id.
        words = (re.sub(r"[$`\\]", "", claim["title"]), name.replace("-", " "))
        entries = [
            ("single", text.replace(";", ","), f"claim-{name}", "main", None)
            for text in dict.fromkeys(words)
        ]
        paragraph.insert(0, addnodes.index(entries=entries))
        links = [
            link("graph", f"{self.uri(GRAPH)}#node-{name}"),
            link("ledger", f"{self.uri(LEDGER)}#row-{name}"),
        ]
        paragraph += nodes.inline("", "", *joined(links, " · "), classes=["claim-links"])

    def link_errata(self) -> None:
        """Link the source's claims that outputs name, and each list of errata to its entries."""
        outputs = [
            c for c in self.document.findall(nodes.container) if "cell_output" in c["classes"]
        ]
        entries = {}
        for paragraph in (p for output in outputs for p in output.findall(nodes.paragraph)):
            for text in list(paragraph.findall(nodes.Text)):
                parts = re.split(r"\b(S\d-\d\d)\b", text)
                known = any(part in source_claims() for part in parts)
                if known and isinstance(text.parent, nodes.paragraph):
                    links = [
                        link(part, f"{self.uri(SOURCES)}#{part.lower()}")
                        if part in source_claims()
                        else nodes.Text(part)
                        for part in parts
                    ]
                    text.parent.replace(text, links)
            words = [child for child in paragraph if child.astext()]
            if len(words) > 1 and isinstance(words[0], nodes.strong):
                title = words[0].astext().removesuffix(".")
                anchors = entries.setdefault(title, [])  # two sources may have the same title
                anchors.append(nodes.make_id(f"erratum-{title} {len(anchors) or ''}"))
                paragraph["ids"].append(anchors[-1])
        for entry in (e for output in outputs for e in output.findall(nodes.entry)):
            if entries.get(entry.astext()) and isinstance(entry[0], nodes.paragraph):
                uri = f"#{entries[entry.astext()].pop(0)}"
                words = entry[0].children
                entry[0].clear()
                entry[0] += nodes.reference("", "", *words, refuri=uri)

    def tell_what_it_needs(self, chapter: str) -> None:
        """Say below the title which chapters this one rests on, and which rest on it."""
        home = {claim["id"]: claim["chapter"] for claim in self.app.ledger.claims}
        pairs = {
            (claim["chapter"], home[other])
            for claim in self.app.ledger.claims
            for other in claim["depends_on"]
            if home[other] != claim["chapter"]
        }
        words: list[nodes.Node] = []
        for label, chapters in (
            ("Rests on: ", sorted(below for above, below in pairs if above == chapter)),
            ("Needed by: ", sorted(above for above, below in pairs if below == chapter)),
        ):
            if chapters:
                links = [link(chapter_name(c), self.uri(f"chapters/{c}")) for c in chapters]
                words += [nodes.Text(f" {label}" if words else label), *joined(links)]
                words.append(nodes.Text("."))
        if words:
            title = next(iter(self.document.findall(nodes.title)))
            place = title.parent.index(title) + 1
            title.parent.insert(place, nodes.paragraph("", "", *words, classes=["needs"]))


def link_docstring_claims(app, what, name, obj, options, lines: list[str]) -> None:
    """Link the claims that the References section of a docstring names."""
    if "References" not in lines:
        return
    start = lines.index("References")
    for at in range(start + 2, len(lines)):
        if re.fullmatch(r"-+", lines[at]):
            break
        lines[at] = re.sub(
            r"\b(S\d-\d\d|[a-z0-9]+(?:-[a-z0-9]+)+)\b",
            lambda found: f":claim:`{found.group()}`",
            lines[at],
        )


def start(app: Sphinx) -> None:
    """Read the ledger, publish it as claims.json, and take the script of its pages along."""
    app.ledger = read_ledger(Path(app.srcdir) / "chapters")
    if app.builder.format == "html":
        claims = Path(app.outdir) / "claims.json"
        claims.write_text(app.ledger.to_json(), encoding="utf-8")
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "claims.js", static)


def add_script(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Load the script on the two pages that use it; the others need none."""
    if page in (GRAPH, LEDGER):
        app.add_js_file("claims.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    """Register the above with Sphinx."""
    app.add_directive("coverage", CoverageDirective)
    app.add_directive("formula-sheet", FormulaSheetDirective)
    app.add_directive("lemma-graph", LemmaGraphDirective)
    app.add_directive("ledger", LedgerDirective)
    app.add_role("claim", ClaimRole())
    app.connect("builder-inited", start)
    app.connect("html-page-context", add_script)
    app.add_transform(MarkClaims)
    app.connect("autodoc-process-docstring", link_docstring_claims, priority=100)
    return {"version": "1", "parallel_read_safe": True}
