"""The book's settings, and the check on what was built."""

import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
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
