"""The book's settings, and the check on what was built."""

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from packaging.requirements import Requirement
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parent.parent
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))


def load(name):
    """Import a module of _ext/, which is a folder of scripts and no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages = load("pages")


def test_the_table_of_contents_and_the_chapters_are_the_same_set():
    texts = {f"chapters/{path.name.split('.')[0]}" for path in ROOT.glob("chapters/*.myst.md")}
    texts |= {f"reference/{path.stem}" for path in ROOT.glob("reference/*.md")}
    assert set(pages.entries(TOC)) == texts
    assert len(pages.entries(TOC)) == len(texts)


def test_the_book_shows_committed_outputs_and_nothing_of_jupyter_books_own():
    assert CONFIG["execute"]["execute_notebooks"] == "off"
    assert CONFIG["only_build_toc_files"]
    assert "executablebooks" not in CONFIG["repository"]["url"]
    assert CONFIG["author"] == "The Gradproof authors"


def test_launch_buttons_need_the_address_of_a_public_checkout():
    book = load("gradproof_book")
    config = SimpleNamespace(html_theme_options={"repository_url": ""})
    book.offer_launch(None, config)
    assert "launch_buttons" not in config.html_theme_options
    config.html_theme_options["repository_url"] = "https://github.com/someone/book"
    book.offer_launch(None, config)
    assert set(config.html_theme_options["launch_buttons"]) >= {"binderhub_url", "colab_url"}


def test_binder_installs_what_make_installs():
    lines = [(ROOT / ".binder" / name).read_text() for name in ("requirements.txt", "postBuild")]
    assert lines[0] == "-r ../requirements.txt\n"
    assert "--no-deps --no-build-isolation --editable ." in lines[1]
    assert (ROOT / ".binder" / "postBuild").stat().st_mode & 0o111
    assert (ROOT / ".binder" / "runtime.txt").read_text() == "python-3.11\n"


def test_punctuation_stays_with_its_formula():
    book = load("gradproof_book")
    document = new_document("page")
    document += nodes.paragraph(
        "",
        "",
        nodes.math("a", "a"),
        nodes.Text(", and "),
        nodes.math("b", "b"),
        nodes.Text(" too."),
    )
    book.KeepPunctuation(document).apply()
    assert document.astext() == "a\u2060, and b too."


def test_every_requirement_is_pinned_to_one_version():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r'[\w.-]+==[\w.]+(; sys_platform == "\w+")?', pin) for pin in pins)
    names = [pin.split("==")[0].lower() for pin in pins]
    assert len(names) == len(set(names))
    assert "jupyter-book==1." in "".join(pins)


def test_the_build_backend_and_the_requirements_name_the_same_setuptools():
    pin = re.search(r"^setuptools==.*$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert f'requires = ["{pin.group()}"]' in (ROOT / "pyproject.toml").read_text()


def test_the_declared_lower_bounds_admit_the_pinned_versions():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([\w-]+)==([\w.]+)", text, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["notebooks"]]
    for requirement in map(Requirement, declared):
        assert pins[requirement.name] in requirement.specifier


def test_the_weekly_run_builds_the_book_as_make_does():
    commands = (
        "-c 'from jupyter_book.cli.main import main; main()' \\",
        "build . -W -n --keep-going --quiet",
        "_ext/pages.py _toc.yml",
    )
    for file in ("Makefile", ".github/workflows/newest.yml"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert all(command in text for command in commands)


def test_the_lock_file_fixes_every_npm_package_by_content_and_names_no_server():
    lock = json.loads((ROOT / "_ext" / "package-lock.json").read_text(encoding="utf-8"))
    packages = [entry for name, entry in lock["packages"].items() if name]
    assert packages
    assert all("integrity" in entry and "resolved" not in entry for entry in packages)
    wanted = json.loads((ROOT / "_ext" / "package.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["dependencies"] == wanted["dependencies"]


# ---- Formulas ----


@pytest.fixture(scope="module")
def katex():
    renderer = load("gradproof_book").Renderer()
    yield renderer
    renderer.close()


def test_a_formula_becomes_html_with_mathml_and_the_source_it_came_from(katex):
    html = katex(r"\begin{aligned} a &= \text{ä} \\ &= b \end{aligned}", display=True)
    assert "<math" in html
    assert r"\begin{aligned}" in html
    assert "katex-display" in html
    assert "katex-display" not in katex("a", display=False)


@pytest.mark.parametrize("tex", [r"\frac{1}{", r"\undefined", "a & b", "é", r"\href{x}{y}"])
def test_a_formula_that_cannot_be_rendered_is_an_error_and_the_next_one_is_fine(katex, tex):
    with pytest.raises(ValueError, match=r"KaTeX|LaTeX"):
        katex(tex, display=False)
    assert "<math" in katex("x", display=False)


def test_without_katex_the_error_says_what_to_do(tmp_path, monkeypatch):
    book = load("gradproof_book")
    monkeypatch.setattr(book, "KATEX", tmp_path / "nowhere")
    with pytest.raises(ExtensionError, match="KaTeX is not installed: run make"):
        book.Renderer()


# ---- Light pages ----

light = load("light")


def test_the_policy_allows_this_book_alone_and_evaluates_nothing_but_webassembly():
    assert light.POLICY.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';")
    assert "//" not in light.POLICY
    assert "'unsafe-eval'" not in light.POLICY
    assert light.POLICY.count("'unsafe-inline'") == 1
    assert "style-src-attr 'unsafe-inline'" in light.POLICY


def test_the_icons_kept_are_those_a_page_names():
    css = '.fa-sun:before{content:"\\f185"}.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}'
    assert light.used_icons(['<i class="fa-solid fa-navicon">'], css) == {0xF0C9}
    assert light.used_icons(["<p>fa-</p>"], css) == set()


def test_one_style_sheet_keeps_what_is_used_and_moves_addresses(tmp_path):
    (tmp_path / "styles").mkdir()
    for name in light.THEME:
        (tmp_path / name).write_text(".used { color: red } .unused { color: blue }")
    (tmp_path / "styles" / "own.css").write_text(
        ".unused-own { background: url('../x.svg') url(data:,y) }"
        '@font-face { src: url(f.woff2) format("woff2"),url(f.ttf) format("truetype") }'
    )
    page = tmp_path / "page.html"
    page.write_text('<p class="used">')
    css = light.one_style_sheet(tmp_path, [*light.THEME, "styles/own.css"], [page])
    assert css.count(".used {") == len(light.THEME)
    assert ".unused {" not in css
    assert ".unused-own { background: url(x.svg) url(data:,y) }" in css
    assert '@font-face { src: url(styles/f.woff2) format("woff2") }' in css


def test_heads_of_columns_are_repaired_where_axe_finds_no_words():
    assert light.EMPTY_HEAD.sub("<td></td>", '<th class="head"><p></p></th>') == "<td></td>"
    assert not light.EMPTY_HEAD.search('<th class="head"><p>words</p></th>')
    katex = '<span class="math"><span class="katex"><span class="katex-mathml"><math xmlns="m">'
    tex = '<mi>a</mi><annotation encoding="application/x-tex">a_c</annotation></math>'
    assert light.FORMULA_HEAD.search(f'<th class="head"><p>{katex}{tex}')[3] == "a_c"
    assert not light.FORMULA_HEAD.search(f'<th class="head"><p>words {katex}{tex}')


# ---- The check on the built pages ----

SMALL = {"root": "a", "parts": [{"chapters": [{"file": "b", "sections": [{"file": "c"}]}]}]}


def build(folder, **bodies):
    """Write a book of three pages."""
    for name in "abc":
        body = bodies.get(name, '<a href="https://example.org">a link</a><img src="x.svg">')
        (folder / f"{name}.html").write_text(f"<html><body>{body}</body></html>")
    return folder


def test_a_complete_book_has_no_faults(tmp_path):
    assert pages.entries(SMALL) == ["a", "b", "c"]
    assert pages.faults(SMALL, build(tmp_path)) == []


def test_a_missing_page_is_named(tmp_path):
    build(tmp_path)
    (tmp_path / "c.html").unlink()
    assert pages.faults(SMALL, tmp_path) == ["c.html is missing"]


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://example.org/x.js"></script>',
        '<script src="//example.org/x.js"></script>',
        '<link rel="stylesheet" href="HTTPS://example.org/x.css">',
        '<img src="http://example.org/x.png">',
        '<iframe src="https://example.org"></iframe>',
        '<script>const THEBE_JS_URL = "https://example.org/index.js"</script>',
        "<style>@import 'https://example.org/x.css';</style>",
        '<p style="background: url(https://example.org/x.png)">x</p>',
    ],
)
def test_a_request_to_another_host_is_named(tmp_path, body):
    (fault,) = pages.faults(SMALL, build(tmp_path, b=body))
    assert fault.startswith("b.html loads")
    assert "example.org" in fault.lower()


def test_a_style_sheet_that_calls_another_host_is_named(tmp_path):
    (build(tmp_path) / "x.css").write_text("@font-face { src: url('//example.org/f.woff2') }")
    (fault,) = pages.faults(SMALL, tmp_path)
    assert fault.startswith("x.css loads")


def test_a_formula_that_failed_is_named(tmp_path):
    build(tmp_path, a='<code class="katex-error">\\frac</code>')
    (fault,) = pages.faults(SMALL, tmp_path)
    assert fault.startswith("a.html has a formula")
