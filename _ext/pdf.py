"""Print the whole book into one file: python _ext/pdf.py _config.yml _toc.yml _build/html.

The browser joins the pages and prints them, as the button of each page prints one. The link to
the file stands in every page, hidden until there is a file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import browser
import pages
import pikepdf
import yaml
from playwright.sync_api import Browser

NAME = "gradproof.pdf"
HIDDEN = f'{NAME}" download hidden'
JOIN = Path(__file__).with_suffix(".js")
FOOTER = (
    '<div style="font: 8px sans-serif; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)
MARGIN = {"top": "15mm", "bottom": "18mm", "left": "15mm", "right": "15mm"}


def parts(toc: dict) -> list[dict]:
    """Return the parts of a table of contents: caption and pages, the first page on its own."""
    found = [{"caption": "", "pages": [toc["root"]]}]
    for part in toc["parts"]:
        found.append({"caption": part.get("caption", ""), "pages": pages.entries(part)})
    return found


def in_order(entries: Iterable[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    """Give every entry of an outline, each before those below it."""
    for entry in entries:
        yield entry
        yield from in_order(entry.children)


def print_book(chromium: Browser, config: dict, toc: dict, book: Path) -> Path:
    """Write the file beside the pages of a built book and show the links to it.

    Parameters
    ----------
    chromium : Browser
        As `browser.launched` gives it.
    config, toc : dict
        What `_config.yml` and `_toc.yml` say.
    book : Path
        The folder with the built pages.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RuntimeError
        If there is no book.
    playwright.sync_api.Error
        If a page of the table of contents is missing.
    """
    if not (book / "index.html").is_file():
        raise RuntimeError(f"there is no book at {book}: run make")
    what = {"title": config["title"], "author": config["author"], "parts": parts(toc)}
    with browser.served(book) as site, chromium.new_page() as page:
        page.goto(f"{site}/{toc['root']}.html")
        headings = page.evaluate(JOIN.read_text(encoding="utf-8"), what)
        printed = page.pdf(
            format="A4",
            margin=MARGIN,
            outline=True,
            tagged=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
        )
    target = book / NAME
    unfinished = target.with_suffix(".part")
    with pikepdf.open(BytesIO(printed)) as pdf:
        # Chromium's outline says some headings twice, and joins the words at the end of a line.
        with pdf.open_outline() as outline:
            for entry, words in zip(in_order(outline.root), headings, strict=True):
                entry.title = words
        # The tags that assistive technology reads are more than half of the file, unless packed.
        pdf.save(unfinished, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    unfinished.replace(target)
    for path in book.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        path.write_text(html.replace(HIDDEN, HIDDEN.removesuffix(" hidden")), encoding="utf-8")
    return target


if __name__ == "__main__":
    settings, contents = (yaml.safe_load(Path(name).read_text("utf-8")) for name in sys.argv[1:3])
    print("Printing the whole book takes about five minutes.", flush=True)
    with browser.launched() as launched:
        file = print_book(launched, settings, contents, Path(sys.argv[3]).resolve())
    print(f"The whole book: {file}")
