"""Every page of the built book, in a browser."""

import checks
import pages
import pytest
import yaml
from checks import BOOK, ROOT

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [*pages.entries(TOC), "search", "genindex"]
CHAPTERS = [name for name in PAGES if name.startswith("chapters/")]
each_page = pytest.mark.parametrize("name", PAGES)


def test_every_page_of_the_book_is_tested():
    found = {path.relative_to(BOOK).with_suffix("").as_posix() for path in BOOK.rglob("*.html")}
    assert found == {*PAGES, "index"}


@each_page
def test_a_page_asks_no_other_host_and_passes_its_own_policy(chromium, site, name):
    with checks.opened(chromium, f"{site}/{name}.html") as page:
        checks.scroll_through(page)
        page.wait_for_load_state("networkidle")
        assert page.faults == []
        assert checks.violations(page) == []
        assert checks.policy_faults(page) == []


@each_page
def test_ids_are_unique_and_formulas_and_figures_have_words(chromium, site, name):
    with checks.opened(chromium, f"{site}/{name}.html") as page:
        assert checks.repeated_ids(page) == []
        assert checks.silent(page) == []


@each_page
@pytest.mark.parametrize("width", [320, 360, 768])
def test_a_page_is_as_wide_as_the_screen_and_what_scrolls_is_reachable(chromium, site, name, width):
    with checks.opened(chromium, f"{site}/{name}.html", width=width) as page:
        checks.scroll_through(page)
        assert checks.overflow(page) == []
        assert checks.unreachable(page) == []


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_assistive_technology_finds_nothing_in_its_way(chromium, site, name, scheme):
    with checks.opened(chromium, f"{site}/{name}.html", width=360, scheme=scheme) as page:
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        assert checks.axe(page) == []


@each_page
def test_a_printed_page_has_its_title_and_solutions_and_no_navigation(chromium, site, name):
    with checks.opened(chromium, f"{site}/{name}.html") as page:
        assert checks.covered(page) == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_reads_without_javascript(chromium, site, name):
    with checks.opened(chromium, f"{site}/{name}.html", scripts=False) as page:
        assert page.faults == []
        assert page.locator("article h1").is_visible()
        assert page.locator(".katex-html .base").first.is_visible()
        assert page.locator("a[title='next page'], a[title='previous page']").count() >= 1
        assert not page.locator(".theme-switch-button").is_visible()
        solution = page.locator("details.hide").first
        if solution.count():
            solution.locator("summary").click()
            assert solution.locator("div.cell_input").is_visible()
