"""The graph and the ledger: what rests on what, found, filtered, and linked both ways."""

import json

import checks
from checks import BOOK

CLAIMS = json.loads((BOOK / "claims.json").read_text(encoding="utf-8"))
GRAPH, LEDGER = "reference/lemma-graph.html", "reference/ledger.html"
JACOBIAN = next(claim for claim in CLAIMS if claim["id"] == "softmax-jacobian")


def test_the_graph_has_a_node_and_an_outline_entry_for_every_claim(chromium, site):
    with checks.opened(chromium, f"{site}/{GRAPH}") as page:
        for selector, prefix in ((".lemma-graph a[id]", "node-"), (".outline li[id]", "outline-")):
            ids = page.eval_on_selector_all(selector, "nodes => nodes.map((node) => node.id)")
            assert sorted(ids) == sorted(prefix + claim["id"] for claim in CLAIMS)
        curves = page.locator(".lemma-graph path[data-from]").count()
        assert curves == sum(len(claim["depends_on"]) for claim in CLAIMS)


def test_a_node_shows_what_it_says_by_mouse_and_by_keyboard(chromium, site):
    with checks.opened(chromium, f"{site}/{GRAPH}") as page:
        card, node = page.locator(".claim-card"), page.locator("#node-softmax-jacobian")
        assert not card.is_visible()
        node.scroll_into_view_if_needed()
        page.wait_for_timeout(1000)  # the page scrolls smoothly
        for point, leave in (
            (node.hover, lambda: page.mouse.move(2, 2)),
            (node.focus, lambda: page.keyboard.press("Escape")),
        ):
            point()
            assert card.is_visible()
            assert JACOBIAN["title"] in card.text_content()
            assert "Given" in card.text_content()
            assert card.locator(".katex").count() >= 2
            lit = page.locator(".lemma-graph path.lit")
            above = sum("softmax-jacobian" in claim["depends_on"] for claim in CLAIMS)
            assert lit.count() == above + len(JACOBIAN["depends_on"])
            leave()
            assert not card.is_visible()


def test_a_claim_leads_to_its_node_and_row_and_back(chromium, site):
    chapter = f"{site}/chapters/{JACOBIAN['chapter']}.html"
    with checks.opened(chromium, chapter) as page:
        for words, place in (("graph", "node"), ("ledger", "row")):
            page.locator("#claim-softmax-jacobian a", has_text=words).click()
            page.wait_for_url(f"**#{place}-softmax-jacobian")
            there = page.locator(f"#{place}-softmax-jacobian")
            there.wait_for()
            back = there if place == "node" else there.locator("a").first
            back.click()
            page.wait_for_url(f"{chapter}#claim-softmax-jacobian")


def test_the_ledger_filters_by_words_standing_and_chapter(chromium, site):
    with checks.opened(chromium, f"{site}/{LEDGER}") as page:
        rows = page.locator("table.ledger tbody tr")
        assert rows.count() == len(CLAIMS)
        page.fill("input[name=words]", "softmax jacobian symmetric")
        shown = "rows => rows.filter((row) => row.checkVisibility()).map((row) => row.id)"
        assert rows.evaluate_all(shown) == ["row-softmax-jacobian-symmetric"]
        page.fill("input[name=words]", "")
        page.select_option("select[name=standing]", "executed")
        executed = [claim for claim in CLAIMS if claim["symbolic"] is None]
        status = page.locator(".claim-filter [role=status]")
        assert status.text_content() == f"{len(executed)} of {len(CLAIMS)} claims"
        page.select_option("select[name=chapter]", f"chapter-{JACOBIAN['chapter']}")
        here = [claim["id"] for claim in executed if claim["chapter"] == JACOBIAN["chapter"]]
        assert sorted(rows.evaluate_all(shown)) == sorted(f"row-{name}" for name in here)
        assert here


def test_the_ledger_gives_all_claims_as_a_file(chromium, site):
    with checks.opened(chromium, f"{site}/{LEDGER}") as page:
        with page.expect_download() as download:
            page.click("a[download][href$='claims.json']")
        assert json.loads(download.value.path().read_text(encoding="utf-8")) == CLAIMS


def test_the_table_of_claims_is_all_there_without_javascript(chromium, site):
    with checks.opened(chromium, f"{site}/{LEDGER}", scripts=False) as page:
        assert page.locator("table.ledger tbody tr").count() == len(CLAIMS)
        assert page.locator(".claim-filter").count() == 0


def test_a_function_leads_to_the_claim_that_derives_it(chromium, site):
    with checks.opened(chromium, f"{site}/reference/api.html") as page:
        entry = page.locator("dl:has(> dt[id='gradproof.activations.softmax_jacobian'])")
        entry.locator("a[href$='#claim-softmax-jacobian'], a[href$='#s0-14']").first.click()
        page.wait_for_url(lambda url: "softmax-jacobian.html#claim-" in url or "sources" in url)


def test_every_erratum_is_reached_from_the_list_of_its_source(chromium, site):
    with checks.opened(chromium, f"{site}/chapters/15-errata-of-the-sources.html") as page:
        links = page.eval_on_selector_all(
            "table a[href^='#erratum']", "links => links.map((a) => a.getAttribute('href'))"
        )
        assert len(links) == len(set(links)) > 100
        missing = page.evaluate(
            "links => links.filter((link) => !document.getElementById(link.slice(1)))", links
        )
        assert missing == []
