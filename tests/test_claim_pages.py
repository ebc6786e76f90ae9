"""The pages printed from the ledger: what they say of each claim, and that nothing is missing."""

import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import pytest
from docutils import nodes

from gradproof.ledger import read_ledger, source_claims

ROOT = Path(__file__).parent.parent
LEDGER = read_ledger(ROOT / "chapters")

spec = importlib.util.spec_from_file_location("claim_pages", ROOT / "_ext" / "claim_pages.py")
pages = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pages)


def claim(name, *depends_on, scope="every n"):
    symbolic = {"status": "proved", "scope": scope} if scope else None
    return {"id": name, "depends_on": list(depends_on), "symbolic": symbolic}


def test_a_claim_stands_no_firmer_than_what_it_rests_on():
    claims = [
        claim("d", "c"),
        claim("a"),
        claim("b", "a"),
        claim("c", "b", "run"),
        claim("run", "a", scope=None),
        claim("two", "a", scope="n = 2"),
        claim("e", "a", "two"),
    ]
    assert pages.standings(claims) == {
        "a": "proved",
        "b": "proved",
        "run": "executed",
        "c": "partly",
        "d": "partly",
        "two": "fixed",
        "e": "partly",
    }


def test_proved_means_that_nothing_below_is_less_than_proved_for_every_size():
    by_id = {claim["id"]: claim for claim in LEDGER.claims}

    def weak(name):
        """Return what is not proved for every size among a claim and all it rests on."""
        symbolic = by_id[name]["symbolic"]
        found = set() if symbolic and not symbolic["scope"].startswith("n = ") else {name}
        return found.union(*map(weak, by_id[name]["depends_on"]))

    standings = pages.standings(LEDGER.claims)
    assert [name for name in by_id if (standings[name] == "proved") == bool(weak(name))] == []
    assert set(standings.values()) == set(pages.STANDINGS)


def test_needed_by_is_the_other_way_round():
    assert pages.needed_by([claim("b", "a"), claim("a"), claim("c", "a", "b")]) == {
        "a": ["b", "c"],
        "b": ["c"],
        "c": [],
    }


def test_a_claim_is_drawn_once_and_below_what_it_rests_on():
    place, _, _ = pages.places(LEDGER.claims)
    assert sorted(place) == sorted(claim["id"] for claim in LEDGER.claims)
    edges = {(other, claim["id"]) for claim in LEDGER.claims for other in claim["depends_on"]}
    assert len(edges) > 200
    upward = [(low, high) for low, high in edges if place[high][1] <= place[low][1]]
    assert upward == []


def test_the_order_of_the_claims_does_not_turn_an_edge_upward():
    claims = [claim("c", "b"), claim("a"), claim("b", "a"), claim("d", "a", "c")]
    assert pages.layers(claims) == [["a"], ["b"], ["c"], ["d"]]


def test_boxes_do_not_overlap_and_lie_within_the_drawing():
    place, _, height = pages.places(LEDGER.claims)
    assert len(set(place.values())) == len(place)
    rows = {}
    for x, y in place.values():
        rows.setdefault(y, []).append(x)
    for row in rows.values():
        assert all(v - u >= pages.WIDE for u, v in pairwise(sorted(row)))
        assert 0 <= min(row) <= max(row) + pages.WIDE <= pages.PER_ROW * pages.ACROSS
    assert all(v - u >= pages.HIGH for u, v in pairwise(sorted(rows)))
    assert max(rows) + pages.HIGH <= height


def test_a_chapter_stands_between_its_heading_and_the_next():
    place, tops, height = pages.places(LEDGER.claims)
    tops_and_bottom = [*tops.values(), height]
    bottoms = dict(zip(tops, tops_and_bottom[1:], strict=True))
    for claim in LEDGER.claims:
        chapter, (_, y) = claim["chapter"], place[claim["id"]]
        assert tops[chapter] < y < y + pages.HIGH < bottoms[chapter]


def test_every_standing_has_a_shape_or_fill_of_its_own():
    shapes = {name: pages.outline_of(name, 0, 0) for name in pages.STANDINGS}
    assert len(set(shapes.values())) == 3  # "partly" is the shape of "proved", not filled
    style = (ROOT / "_static" / "claims.css").read_text(encoding="utf-8")
    assert all(re.search(rf"\.{name} (rect|polygon)", style) for name in pages.STANDINGS)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("The softmax Jacobian", ["The softmax Jacobian"]),
        (r"The slope of $\log a_j$ by $z_i$", ["The slope of log a_j by", "z_i"]),
        (
            "What a sum of many terms is worth when each term is small and none of them is zero",
            ["What a sum of many", "terms is worth when", "each term is small …"],
        ),
    ],
)
def test_a_title_becomes_at_most_three_short_lines_of_words(title, lines):
    assert pages.node_words(title) == lines


def test_few_titles_are_cut_short_in_the_drawing():
    cut = [one["title"] for one in LEDGER.claims if pages.node_words(one["title"])[-1][-1] == "…"]
    assert len(cut) < len(LEDGER.claims) / 10


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("a plain title", ["Text"]),
        ("the slope of $a_j$ by $z_i$.", ["Text", "math", "Text", "math", "Text"]),
        ("`softmax` of $z$", ["literal", "Text", "math"]),
    ],
)
def test_words_with_formulas_and_code_become_nodes(words, kinds):
    found = pages.inline(words)
    assert [type(node).__name__ for node in found] == kinds
    assert "".join(node.astext() for node in found) == re.sub(r"[$`]", "", words)


def test_the_statement_of_an_executed_claim_is_words_that_can_wrap():
    tex = r"\text{softmax of }(1000, 0) = \text{[nan, 0.0]},\; \text{100\% of }a\_b = \text{True}"
    found = pages.statement({"statement": tex, "symbolic": None})
    assert [type(node).__name__ for node in found][:2] == ["Text", "math"]
    text = "".join(node.astext() for node in found)
    assert " ".join(text.split()) == r"softmax of (1000, 0) = [nan, 0.0]; 100% of a\_b = True"
    (formula,) = pages.statement({"statement": "a = b", "symbolic": {"scope": "every n"}})
    assert isinstance(formula, nodes.math)


def test_no_statement_keeps_tex_in_its_words():
    for one in LEDGER.claims:
        if one["symbolic"] is None:
            words = [n.astext() for n in pages.statement(one) if isinstance(n, nodes.Text)]
            assert not re.search(r"\\text|\\;", "".join(words)), one["id"]


def test_docstrings_link_what_their_references_name():
    lines = [
        "Return it.",
        "",
        "References",
        "----------",
        "Claims S0-14 and softmax-vjp; chapter 3.",
    ]
    pages.link_docstring_claims(None, "function", "f", None, None, lines)
    assert lines[-1] == "Claims :claim:`S0-14` and :claim:`softmax-vjp`; chapter 3."
    words = ["Return a-b.", "", "Notes", "-----", "A well-known S0-14; see numpy-like."]
    pages.link_docstring_claims(None, "function", "f", None, None, lines := list(words))
    assert lines == words


def test_every_source_has_its_table_on_the_page_of_the_sources():
    text = (ROOT / "reference" / "sources.md").read_text(encoding="utf-8")
    named = re.findall(r"^```\{coverage\} (S\d)$", text, re.MULTILINE)
    assert named == sorted({source.split("-")[0] for source in source_claims()})


def test_the_formula_sheet_names_claims_that_are_proved():
    text = (ROOT / "reference" / "formula-sheet.md").read_text(encoding="utf-8")
    named = " ".join(re.findall(r"```\{formula-sheet\}\n(.*?)```", text, re.DOTALL)).split()
    proved = {claim["id"] for claim in LEDGER.claims if claim["symbolic"]}
    assert len(named) == len(set(named)) >= 30
    assert set(named) <= proved


def test_the_api_reference_names_every_module_in_order():
    text = (ROOT / "reference" / "api.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (`.*?) \|", (ROOT / "DECISIONS.md").read_text("utf-8"), re.MULTILINE)
    modules = re.findall(r"`(\w+)`", "".join(table))
    assert re.findall(r"automodule:: gradproof\.(\w+)", text) == modules
