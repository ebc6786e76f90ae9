"""Check a built book, whatever its builder said: python _ext/pages.py _toc.yml _build/html.

Every page of the table of contents has to exist, no formula may have failed, and no page
may load anything from another host.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import yaml

# What a browser fetches on its own; an <a href> is followed by the reader.
FETCHED = {
    ("audio", "src"),
    ("embed", "src"),
    ("iframe", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("video", "src"),
}
FOREIGN = re.compile(r"(?:https?:)?//", re.IGNORECASE)
FOREIGN_CSS = re.compile(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//[^)'\"]*", re.IGNORECASE)


def entries(toc: dict) -> list[str]:
    """Return the pages of a table of contents in reading order, without suffix."""
    found = [toc[key] for key in ("root", "file") if key in toc]
    for key in ("parts", "subtrees", "chapters", "sections", "entries"):
        for child in toc.get(key, []):
            found += entries(child)
    return found


class _Requests(HTMLParser):
    def __init__(self):
        super().__init__()
        self.foreign: list[str] = []
        self.script = False

    def handle_starttag(self, tag, attributes):
        self.script = tag == "script"
        for name, value in attributes:
            if (tag, name) in FETCHED and FOREIGN.match((value or "").strip()):
                self.foreign.append(value)

    def handle_endtag(self, tag):
        self.script = False

    def handle_data(self, data):
        if self.script:
            self.foreign += re.findall(r"""["'](https?://[^"']*)""", data)


def foreign_requests(html: str) -> list[str]:
    """Return the addresses on other hosts that opening the page would, or could, load."""
    parser = _Requests()
    parser.feed(html)
    return parser.foreign + FOREIGN_CSS.findall(html)


def faults(toc: dict, book: Path) -> list[str]:
    """Return what is wrong with the book, one line each; an empty list when nothing is."""
    found = [
        f"{page}.html is missing" for page in entries(toc) if not (book / f"{page}.html").is_file()
    ]
    for path in sorted(book.rglob("*.html")):
        html, name = path.read_text(encoding="utf-8"), path.relative_to(book)
        found += [f"{name} loads {address}" for address in foreign_requests(html)]
        if 'class="katex-error"' in html:
            found.append(f"{name} has a formula that could not be rendered")
    for path in sorted(book.rglob("*.css")):
        for address in FOREIGN_CSS.findall(path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(book)} loads {address}")
    return found


def main(toc: str, book: str) -> int:
    """Print the faults; return 1 if there are any."""
    found = faults(yaml.safe_load(Path(toc).read_text(encoding="utf-8")), Path(book))
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
