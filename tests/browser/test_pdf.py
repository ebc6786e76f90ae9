"""The whole book as one file: two of its pages, printed as all of them are."""

import shutil

import checks
import pdf
import pikepdf
import pytest
from checks import BOOK
from playwright.sync_api import Error

CONFIG = {"title": "A short book", "author": "Its authors"}
TOC = {
    "root": "chapters/01-logistic-function",
    "parts": [{"caption": "Reference", "chapters": [{"file": "reference/formula-sheet"}]}],
}


@pytest.fixture(scope="module")
def short_book(chromium, tmp_path_factory):
    """Return a copy of the built book, of which two pages were printed."""
    book = tmp_path_factory.mktemp("book") / "html"
    shutil.copytree(BOOK, book, ignore=shutil.ignore_patterns(pdf.NAME))
    pdf.print_book(chromium, CONFIG, TOC, book)
    return book


@pytest.fixture
def printed(short_book):
    with pikepdf.open(short_book / pdf.NAME) as opened:
        yield opened


def links(printed):
    """Return what every link leads to: an address, or the place of a page in the file."""
    places = {page.objgen: at for at, page in enumerate(printed.pages)}
    names = pikepdf.NameTree(printed.Root.Names.Dests) if "/Names" in printed.Root else {}
    found = []
    for page in printed.pages:
        for note in page.get("/Annots", []):
            target = note.get("/Dest", note.get("/A", {}).get("/D"))
            if target is None:
                found.append(str(note.A.URI))
            elif isinstance(target, pikepdf.Array):
                found.append(places[target[0].objgen])
            else:
                name = str(target)
                dests = printed.Root.get("/Dests", {})
                target = dests[name] if name in dests else names[name]
                found.append(places[target[0].objgen])
    return found


def test_its_outline_has_every_page_and_its_sections(printed):
    with printed.open_outline() as outline:
        titles = [entry.title for entry in outline.root]
        assert titles == [
            "1. Turn a number into a probability: the logistic function",
            "The formulas on one page",
        ]
        sections = [section.title for section in outline.root[0].children]
        assert sections[0] == "Symbols"
        assert sections.count("Summary") == 1
    assert str(printed.docinfo["/Title"]) == CONFIG["title"]


def test_it_has_tags_for_assistive_technology(printed):
    assert printed.Root.MarkInfo.Marked
    assert "/StructTreeRoot" in printed.Root
    assert str(printed.Root.Lang).startswith("en")


def test_its_links_lead_to_its_own_pages_or_to_the_open_web(printed):
    found = links(printed)
    within = {target for target in found if isinstance(target, int)}
    assert {1, len(printed.pages) - 1} & within  # the contents and the sheet name both pages
    assert len(within) > 3
    assert [target for target in found if isinstance(target, str) and "127.0.0.1" in target] == []


def test_every_page_offers_it_once_it_is_there(chromium, site, short_book):
    name, link = f"{TOC['root']}.html", f"a[href$='{pdf.NAME}']"
    if not (BOOK / pdf.NAME).exists():
        with checks.opened(chromium, f"{site}/{name}") as page:
            assert page.locator(link).count() == 1
            assert not page.locator(link).is_visible()
    with checks.opened(chromium, (short_book / name).as_uri()) as page:
        assert page.locator(link).is_visible()
        assert page.locator(link).evaluate("link => link.href") == (
            (short_book / pdf.NAME).as_uri()
        )


def test_without_a_book_or_a_page_of_it_nothing_is_written(chromium, tmp_path):
    with pytest.raises(RuntimeError, match=r"there is no book at .*: run make"):
        pdf.print_book(chromium, CONFIG, TOC, tmp_path)
    shutil.copytree(BOOK / "chapters", tmp_path / "chapters")
    (tmp_path / "index.html").write_text("")
    before = (tmp_path / f"{TOC['root']}.html").read_text(encoding="utf-8")
    with pytest.raises(Error, match=r"/reference/formula-sheet\.html: 404"):
        pdf.print_book(chromium, CONFIG, TOC, tmp_path)
    assert not list(tmp_path.glob("*.p*"))
    assert (tmp_path / f"{TOC['root']}.html").read_text(encoding="utf-8") == before
