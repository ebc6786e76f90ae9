"""What a reader does with the book: search, turn pages, download, switch."""

import json

import checks
import pages
import pytest
import yaml
from checks import BOOK, ROOT

PAGES = pages.entries(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
CHAPTERS = [name for name in PAGES if name.startswith("chapters/")]
FIRST = "chapters/01-logistic-function"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("softmax jacobian", "03-softmax-jacobian.html#claim-softmax-jacobian"),
        ("The softmax Jacobian", "03-softmax-jacobian.html#claim-softmax-jacobian"),
        ("softplus derivative", "01-logistic-function.html#claim-softplus-derivative"),
        ("slope of softplus", "01-logistic-function.html"),
    ],
)
def test_the_search_finds_a_formula_by_its_name(chromium, site, words, found):
    with checks.opened(chromium, f"{site}/{FIRST}.html") as page:
        page.keyboard.press("Control+k")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=*")
        page.get_by_text("Search finished").wait_for()
        addresses = page.eval_on_selector_all(
            "#search-results li a", "links => links.map((link) => link.getAttribute('href'))"
        )
        assert found in addresses[0]
        assert page.faults == []
        assert checks.violations(page) == []


def test_the_index_lists_every_claim_and_leads_to_it(chromium, site):
    claims = json.loads((BOOK / "claims.json").read_text(encoding="utf-8"))
    anchors = {f"chapters/{claim['chapter']}.html#claim-{claim['id']}" for claim in claims}
    assert len(anchors) > 350
    with checks.opened(chromium, f"{site}/genindex.html") as page:
        links = page.eval_on_selector_all(
            ".bd-article a", "links => links.map((link) => link.getAttribute('href'))"
        )
        assert anchors <= set(links)
        last = max(anchors)
        page.goto(f"{site}/{last}")
        assert page.locator(f"[id='{last.split('#')[1]}']").is_visible()


def test_next_leads_through_the_whole_book_and_previous_back(chromium, site):
    with checks.opened(chromium, f"{site}/index.html") as page:
        page.wait_for_url(f"**/{PAGES[0]}.html")
        for name in PAGES[1:]:
            page.click("a.right-next")
            page.wait_for_url(f"{site}/{name}.html")
        assert page.locator("a.right-next").count() == 0
        page.click("a.left-prev")
        page.wait_for_url(f"{site}/{PAGES[-2]}.html")


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_download_button_gives_the_notebook(chromium, site, name):
    with checks.opened(chromium, f"{site}/{name}.html") as page:
        with page.expect_download() as download:
            page.click("a[download]")
        assert download.value.suggested_filename == name.split("/")[1] + ".ipynb"
        assert (
            json.loads(download.value.path().read_text(encoding="utf-8"))["cells"]
            == json.loads((ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        )


def test_dark_mode_is_kept_from_page_to_page(chromium, site):
    with checks.opened(chromium, f"{site}/{FIRST}.html") as page:
        theme = "document.documentElement.dataset.theme"
        assert page.evaluate(theme) == "light"
        while page.evaluate("document.documentElement.dataset.mode") != "dark":
            page.click(".theme-switch-button")
        page.click("a.right-next")
        page.wait_for_url("**/02-softmax.html")
        assert page.evaluate(theme) == "dark"


def test_a_dark_page_is_printed_light_with_its_solutions_open_and_then_as_before(chromium, site):
    with checks.opened(chromium, f"{site}/{FIRST}.html", scheme="dark") as page:
        state = (
            "[document.documentElement.dataset.theme, document.querySelector('details').open, "
            "getComputedStyle(document.body).color]"
        )
        before = page.evaluate(state)
        page.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {state}; }})")
        page.pdf()
        theme, opened, colour = page.evaluate("window.printed")
        assert (theme, opened) == ("light", True)
        assert colour != before[2]
        assert page.evaluate(state) == before


def test_on_a_phone_the_contents_open_and_lead_on(chromium, site):
    with checks.opened(chromium, f"{site}/{FIRST}.html", width=360) as page:
        assert not page.locator("nav.bd-docs-nav").is_visible()
        page.click(".primary-toggle")
        page.click("nav.bd-docs-nav a[href='02-softmax.html']")
        page.wait_for_url(f"{site}/chapters/02-softmax.html")


def test_a_formula_that_scrolls_is_moved_with_the_keyboard(chromium, site):
    with checks.opened(chromium, f"{site}/chapters/03-softmax-jacobian.html", width=320) as page:
        checks.scroll_through(page)
        wide = page.locator(".formula[tabindex='0']").first
        wide.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        assert page.evaluate("document.activeElement.scrollLeft") > 0
        narrow = 'document.querySelectorAll(".formula:not([tabindex])").length'
        assert page.evaluate(narrow) > 0


def test_the_book_opens_from_a_folder_without_a_server(chromium):
    with checks.opened(chromium, (BOOK / f"{FIRST}.html").as_uri()) as page:
        page.evaluate("document.fonts.ready")
        loaded = "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
        assert {"KaTeX_Main", "KaTeX_Math"} <= set(page.evaluate(loaded))
        # A font is not fetched ahead from a folder; it is loaded when it is needed.
        assert [
            fault for fault in page.faults if "woff2" not in fault and "ERR_" not in fault
        ] == []
        assert checks.violations(page) == []
        assert page.evaluate("document.documentElement.dataset.mode") == "auto"
        assert page.evaluate("document.styleSheets.length") == 1
