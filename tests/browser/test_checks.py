"""Each check on a page reports a page that is wrong."""

import browser
import checks
import pytest

HEAD = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>'
POLICY = '<meta http-equiv="Content-Security-Policy" content="{}">'
STRICT = "default-src 'none'; script-src 'self'; style-src-attr 'unsafe-inline'"


def wrote(folder, body, policy=STRICT):
    """Write a page and return its name."""
    head = HEAD + (POLICY.format(policy) if policy else "") + "</head>"
    (folder / "page.html").write_text(f"{head}<body><main>{body}</main></body></html>")
    return "page.html"


@pytest.fixture
def faults(chromium, served, tmp_path):
    """Return a function: what a check says about a page with this body."""

    def says(check, body, **kwargs):
        name = wrote(tmp_path, body, **kwargs)
        with checks.opened(chromium, f"{served}/{name}", width=320) as page:
            return check(page)

    return says


def test_a_good_page_has_no_faults(faults):
    body = '<h1>A page</h1><p>Words.</p><img alt="A line that rises from 0 to 1" src="data:,">'
    everything = (
        checks.violations,
        checks.policy_faults,
        checks.overflow,
        checks.unreachable,
        checks.axe,
        checks.repeated_ids,
        checks.silent,
        checks.covered,
    )
    assert [faults(check, body.replace(' src="data:,"', "")) for check in everything] == [
        [] for _ in everything
    ]


def test_a_request_to_another_host_is_reported_even_if_nobody_answers(faults):
    (first, *_) = faults(
        lambda page: page.faults, '<img src="http://127.0.0.1:9/x.png" alt="x">', policy=None
    )
    assert first == "asks http://127.0.0.1:9"


@pytest.mark.parametrize(
    "body",
    [
        "<script>1</script>",
        "<button onclick='1'>x</button><script src='click.js'></script>",
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        "<style>p { color: red }</style>",
    ],
)
def test_what_the_policy_forbids_is_reported(faults, tmp_path, body):
    (tmp_path / "click.js").write_text("document.querySelector('button').click()")
    found = faults(lambda page: (page.wait_for_timeout(100), checks.violations(page))[1], body)
    assert found[0].startswith("the policy forbids")


def test_the_policy_of_the_book_keeps_text_from_being_evaluated(chromium, site):
    with checks.opened(chromium, f"{site}/search.html") as page:
        page.evaluate("""() => {
          window.result = new Promise((tell) => {
            setTimeout(() => { try { tell(eval('1')); } catch { tell('no'); } });
          });
          const script = document.createElement('script');
          script.textContent = 'window.ran = true';
          document.head.append(script);
        }""")
        assert page.evaluate("window.result") == "no"
        assert page.evaluate("window.ran") is None
        assert len(checks.violations(page)) == 2


@pytest.mark.parametrize(
    ("policy", "fault"),
    [
        (None, "no Content-Security-Policy"),
        ("script-src 'self'", "default-src is not 'none'"),
        ("default-src 'none'; script-src 'unsafe-eval'", "script-src allows 'unsafe-eval'"),
        ("default-src 'none'; style-src 'unsafe-inline'", "style-src allows 'unsafe-inline'"),
        ("default-src 'none'; font-src https://x.org", "font-src allows https://x.org"),
    ],
)
def test_a_policy_that_allows_too_much_is_reported(faults, policy, fault):
    assert faults(checks.policy_faults, "<p>x</p>", policy=policy) == [fault]


def test_a_page_wider_than_the_screen_is_reported(faults):
    (fault,) = faults(checks.overflow, '<p style="width: 700px">x</p>')
    assert fault.startswith("P  reaches beyond 320")
    scrolls = '<div style="overflow-x: auto"><p style="width: 700px">x</p></div>'
    assert faults(checks.overflow, scrolls) == []


def test_a_box_that_scrolls_and_takes_no_focus_is_reported(faults):
    box = '<div {} style="overflow-x: auto"><p style="width: 700px">x</p></div>'
    (fault,) = faults(checks.unreachable, box.format(""))
    assert fault == "DIV  scrolls and takes no focus"
    assert faults(checks.unreachable, box.format('tabindex="0"')) == []


def test_a_picture_without_words_and_a_repeated_id_are_reported(faults):
    body = '<p id="a">x</p><p id="a">y</p><div class="bd-article"><img alt="a plot"></div>'
    assert faults(checks.repeated_ids, body) == ["id a"]
    (fault,) = faults(checks.silent, body)
    assert fault.endswith("says only: a plot")
    assert (
        len(faults(checks.silent, '<span class="katex">x</span><div class="formula">y</div>')) == 2
    )


def test_what_is_hard_to_read_is_reported(faults):
    (fault,) = faults(checks.axe, '<h1>A page</h1><p style="color: #eee">pale words</p>')
    assert fault.startswith("color-contrast")


def test_what_is_hard_to_read_within_a_formula_is_reported(faults):
    link = '<span class="katex-html" aria-hidden="true"><a href="#x">x</a></span>'
    (fault,) = faults(checks.axe, f"<h1>A page</h1><p>Words. {link}</p>")
    assert fault.startswith("aria-hidden-focus")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<details><summary>x</summary><b>hidden</b></details>", "folded away: hidden"),
        ("<details open><summary>x</summary><p>fades</p></details>", "still fading in: fades"),
        ("<button>y</button>", "printed: BUTTON "),
        (
            '<table style="width: 700px"><tr><td>wide</td></tr></table>',
            "beyond the edge: TABLE wide",
        ),
    ],
)
def test_what_does_not_go_onto_paper_is_reported(faults, tmp_path, body, fault):
    (tmp_path / "fade.css").write_text(
        "p { animation: 9s fade } @keyframes fade { 0% { opacity: 0 } }"
    )
    body += '<link rel="stylesheet" href="fade.css">'
    assert faults(checks.covered, "<h1>A page</h1>" + body, policy=None) == [fault]
    hidden = '<h1 style="display: none">A page</h1>'
    assert faults(checks.covered, hidden + body, policy=None) == ["the title is missing", fault]


def test_the_measurement_sees_a_slow_heavy_and_shifting_page(chromium, served, tmp_path):
    (tmp_path / "late.js").write_text(
        "setTimeout(() => { document.querySelector('div').style.height = '300px'; }, 300);"
        "setTimeout(() => { document.querySelector('p').innerHTML = "
        '\'<span class="katex-html"><span class="base">x</span></span>\'; }, 700);'
    )
    name = wrote(tmp_path, '<div></div><p>x</p><script src="late.js"></script>' + "<!--x-->" * 9)
    desktop = browser.measure(chromium, f"{served}/{name}", phone=False)
    assert 0.7 < desktop["math"] < 10
    assert desktop["shift"] > 0.01
    assert desktop["requests"] >= 2
    assert desktop["kilobytes"] > 0.3


def test_without_a_browser_the_error_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nowhere"))
    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        browser.chromium()
