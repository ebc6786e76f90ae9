"""The chapters as files: run, in order, in agreement with their text, and free of slips by hand."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from gradproof import notebooks
from gradproof.claim import RECORD_MIME
from gradproof.display import DISPLAY_MIME
from gradproof.ledger import SECONDS

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.myst.md"))
each_chapter = pytest.mark.parametrize("text", CHAPTERS, ids=lambda path: path.name)

HEADER = "---\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n\n"
GOOD = (
    HEADER + "# Add\n\n```{code-cell} ipython3\n1 + 1\n```\n\n```{code-cell} ipython3\n2 * 3\n```\n"
)


def stored(text):
    """Return the committed notebook of a chapter."""
    return nbformat.read(notebooks.notebook_path(text), as_version=4)


def outputs(notebook):
    """Return (cell, mime type or stream name, content) of all that a notebook shows."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                yield cell, output.name, output.text
            for mime, content in output.get("data", {}).items():
                yield cell, mime, content if isinstance(content, str) else json.dumps(content)


def write_chapter(folder, source=GOOD, name="01-add"):
    """Write the text of a small chapter, in a folder of its own, and return its path."""
    text = folder / "chapters" / f"{name}.myst.md"
    text.parent.mkdir(exist_ok=True)
    text.write_text(source, encoding="utf-8")
    return text


def nbval(*paths):
    """Compare the outputs of notebooks with a run, as `make test-notebooks` does."""
    options = ["-p", "no:cacheprovider", "--nbval", "--nbval-current-env", "--quiet"]
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *settings, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )


# ---- The chapters ----


def test_there_are_chapters_and_no_notebook_without_a_text():
    assert CHAPTERS
    derived = {notebooks.notebook_path(text) for text in CHAPTERS}
    assert set((ROOT / "chapters").glob("*.ipynb")) == derived


@each_chapter
def test_the_two_files_of_a_chapter_agree_and_every_cell_was_run_in_order(text):
    assert notebooks.disagreements(text) == []


@each_chapter
def test_outputs_name_no_path_time_or_address(text):
    private = re.compile(
        r"(?<![\w.])/(?:home|root|tmp|usr|Users|opt|var|work)/"  # a path
        r"|\b0x[0-9a-f]{6,}\b"  # an address
        r"|\b20\d\d-\d\d-\d\d[T ]|\b\d\d:\d\d:\d\d\b"  # a time
    )
    for cell, kind, content in outputs(stored(text)):
        assert not private.search(content), f"{kind} of the cell\n{cell.source}"
        assert str(ROOT) not in content


@each_chapter
def test_every_output_is_one_that_nbval_compares(text):
    kinds = {kind for _, kind, _ in outputs(stored(text))}
    assert not kinds & {"image/png", "image/jpeg", "stderr"}


@each_chapter
def test_every_figure_has_an_alt_text_that_is_a_sentence(text):
    for cell, kind, _ in outputs(stored(text)):
        if kind.startswith("image/"):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt.split()) >= 5, f"no alt text, in the cell\n{cell.source}"


@each_chapter
def test_every_display_is_printed_by_a_checked_object(text):
    assert hand_typed_displays(notebooks.derive(text)) == []


# ---- The check on displays typed by hand ----

DISPLAY = re.compile(r"\$\$|\\\[|\\begin\{(?:align|equation|gather|multline|eqnarray|math)")


def markdown_displays(source):
    parser = MarkdownIt("commonmark").use(colon_fence_plugin)
    parser = parser.use(dollarmath_plugin, double_inline=True).use(amsmath_plugin)
    for token in parser.parse(source):
        directive = token.type in {"fence", "colon_fence"} and token.info.strip().startswith("{")
        if directive and not token.info.strip().startswith("{math}"):
            yield from markdown_displays(token.content)
        elif directive or token.type in {"math_block", "math_block_label", "amsmath"}:
            yield token.content
        elif token.type in {"inline", "html_block"}:
            children = token.children or []
            yield from (c.content for c in children if c.type == "math_inline_double")
            if DISPLAY.search(re.sub(r"(`+).*?\1|\$\$.*?\$\$", "", token.content)):
                yield token.content


def code_displays(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if DISPLAY.search(node.value) or "vnd.gradproof" in node.value:
                yield node.value
        elif isinstance(node, ast.alias) and node.name in {"Math", "Latex", "display_math"}:
            yield f"import {node.name}"


def hand_typed_displays(notebook):
    """List the display equations typed by a person: in text cells, or in the strings of code."""
    find = {"markdown": markdown_displays, "code": code_displays}
    cells = [cell for cell in notebook.cells if cell.cell_type in find]
    return [found.strip() for cell in cells for found in find[cell.cell_type](cell.source)]


def unchecked_outputs(notebook):
    """List the displays among the outputs that were not printed from a checked object."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            text = "".join(str(data.get(kind, "")) for kind in ("text/markdown", "text/latex"))
            if DISPLAY.search(text) and not {RECORD_MIME, DISPLAY_MIME} & data.keys():
                yield text.strip()


@each_chapter
def test_every_displayed_output_was_printed_from_a_checked_object(text):
    assert list(unchecked_outputs(stored(text))) == []


def test_a_display_that_code_put_together_is_found():
    code = new_code_cell("Markdown(mark + 'a = b' + mark)")
    code.outputs = [new_output("execute_result", {"text/markdown": "$$\na = b\n$$"})]
    assert list(unchecked_outputs(new_notebook(cells=[code]))) == ["$$\na = b\n$$"]
    code.outputs[0].data[DISPLAY_MIME] = {"kind": "confirmed"}
    assert list(unchecked_outputs(new_notebook(cells=[code]))) == []


@pytest.mark.parametrize(
    "source",
    [
        "$$a = b$$",
        "$$\na = b\n$$ (label)",
        "In a sentence $$a = b$$ too.",
        "- in a list\n\n  $$a = b$$",
        "> $$a = b$$",
        "```{math}\na = b\n```",
        "```{math}\n:label: x\na = b\n```",
        ":::{math}\na = b\n:::",
        ":::{dropdown} Solution\n$$a = b$$\n:::",
        "::::{admonition} A\n:::{dropdown} B\n```{math}\na = b\n```\n:::\n::::",
        "\\begin{align}\na = b\n\\end{align}",
        "\\begin{equation*}\na = b\n\\end{equation*}",
        "\\[a = b\\]",
        "<div>\\[a = b\\]</div>",
    ],
)
def test_a_display_typed_in_text_is_found(source):
    assert hand_typed_displays(new_notebook(cells=[new_markdown_cell(source)]))


@pytest.mark.parametrize(
    "source",
    [
        'display(Markdown("$$a = b$$"))',
        'print(r"\\begin{align}")',
        'display({"application/vnd.gradproof.display+json": {}}, raw=True)',
        'f"$$ {x} $$"',
        "from IPython.display import Math",
        "from IPython.display import Latex as show",
    ],
)
def test_a_display_typed_in_code_is_found(source):
    assert hand_typed_displays(new_notebook(cells=[new_code_cell(source)]))


@pytest.mark.parametrize(
    "cell",
    [
        new_markdown_cell("The slope $a' = a(1 - a)$ costs $5, or `$$` in code."),
        new_markdown_cell("```\n$$a = b$$\n```"),
        new_markdown_cell("See {eq}`softmax-jacobian`, a[1] and [the next page](03-next)."),
        new_code_cell("# $$ in a comment\nDerivation(claim, a, ('=', b, 'because $a = b$'))"),
    ],
)
def test_mathematics_within_a_sentence_is_free(cell):
    assert hand_typed_displays(new_notebook(cells=[cell])) == []


# ---- Deriving ----


def test_deriving_twice_gives_the_same_bytes_and_the_second_time_runs_nothing(tmp_path, capsys):
    text = write_chapter(tmp_path)
    path = notebooks.notebook_path(text)
    assert notebooks.main([str(text)]) == 0
    first = path.read_bytes()
    assert "running" in capsys.readouterr().out
    assert notebooks.main([str(text)]) == 0
    assert "running" not in capsys.readouterr().out
    path.unlink()
    assert notebooks.main([str(text)]) == 0
    assert path.read_bytes() == first
    assert [cell.execution_count for cell in stored(text).cells[1:]] == [1, 2]


def test_a_change_of_text_package_pins_or_notebook_is_noticed(tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    (package / "module.py").write_text("")
    monkeypatch.setattr(notebooks, "__file__", str(package / "notebooks.py"))
    text = write_chapter(tmp_path)
    path = notebooks.notebook_path(text)
    check = ["--check", str(text)]
    assert notebooks.main(check) == 1
    assert notebooks.main([str(text)]) == 0
    for changed in (package / "module.py", package / "data.json", tmp_path / "requirements.txt"):
        changed.write_text("# new")
        assert notebooks.main(check) == 1, changed
        assert notebooks.main([str(text)]) == 0
        assert notebooks.main(check) == 0
    for old, new in (("1 + 1", "1 + 2"), ('"execution_count": 2', '"execution_count": 3')):
        good = path.read_text()
        path.write_text(good.replace(old, new))
        assert notebooks.main(check) == 1, new
        path.write_text(good)
    text.write_text(GOOD + "\nOne more sentence.\n")
    assert notebooks.main(check) == 1


def test_a_module_beside_the_chapters_counts_where_it_is_imported(tmp_path):
    text = write_chapter(tmp_path, GOOD.replace("1 + 1", "from data.one import x\n\nx"))
    other = write_chapter(tmp_path, name="02-other")
    folder = text.parent / "data"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text("x = 1")
    before = notebooks.digest(text), notebooks.digest(other)
    (folder / "one.py").write_text("x = 2")
    assert notebooks.digest(text) != before[0]
    assert notebooks.digest(other) == before[1]


def test_the_address_of_the_checkout_puts_one_line_for_colab_before_all_else(tmp_path):
    text = write_chapter(tmp_path)
    plain, before = notebooks.derive(text), notebooks.digest(text)
    (tmp_path / "_config.yml").write_text('repository:\n  url: ""\n')
    assert notebooks.derive(text) == plain
    (tmp_path / "_config.yml").write_text("repository:\n  url: https://example.org/a/book\n")
    first, *rest = notebooks.derive(text).cells
    assert [cell.source for cell in rest] == [cell.source for cell in plain.cells]
    assert len(first.source.splitlines()) == 1
    assert "git clone -q --depth 1 https://example.org/a/book" in first.source
    assert first.metadata.tags == ["remove-cell"]
    assert notebooks.digest(text) != before
    assert notebooks.main([str(text)]) == 0  # and anywhere but in Colab it does nothing
    assert stored(text).cells[0].outputs == []
    assert notebooks.main(["--format", str(text)]) == 0
    assert "google.colab" not in text.read_text()


@pytest.mark.parametrize("url", ["http://example.org", "https://a b", 'https://"', "git@a:b"])
def test_an_address_that_is_none_is_refused(tmp_path, url):
    text = write_chapter(tmp_path)
    (tmp_path / "_config.yml").write_text(f"repository:\n  url: {json.dumps(url)}\n")
    with pytest.raises(ValueError, match=r"repository\.url of _config\.yml: expected https"):
        notebooks.derive(text)


def test_the_seconds_of_each_claim_are_kept_beside_the_notebooks(tmp_path):
    text = write_chapter(tmp_path, HEADER + "# Sum\n" + DERIVATION)
    assert notebooks.main([str(text)]) == 0
    kept = json.loads((text.parent / SECONDS).read_text())
    assert list(kept) == ["01-add"]
    assert 0 <= kept["01-add"]["softmax-sums-to-one"] < 60
    assert "execution" not in str(stored(text).cells[1].metadata)
    gone = text.rename(text.with_name("02-new.myst.md"))
    assert notebooks.main([str(gone)]) == 0
    assert list(json.loads((text.parent / SECONDS).read_text())) == ["02-new"]


def test_a_failing_cell_is_named_and_leaves_the_old_notebook_alone(tmp_path, capsys):
    text = write_chapter(tmp_path)
    path = notebooks.notebook_path(text)
    assert notebooks.main([str(text)]) == 0
    before = path.read_bytes()
    text.write_text(GOOD.replace("2 * 3", "2 / 0"))
    assert notebooks.main([str(text)]) == 1
    message = capsys.readouterr().err
    assert "01-add.myst.md: code cell 2 failed" in message
    assert "2 / 0" in message
    assert "ZeroDivisionError" in message
    assert "\x1b" not in message
    assert path.read_bytes() == before
    names = ["01-add.ipynb", "01-add.myst.md", SECONDS]
    assert sorted(file.name for file in text.parent.iterdir()) == names


def test_a_cell_marked_as_allowed_to_fail_fails_all_the_same(tmp_path, capsys):
    text = write_chapter(tmp_path, GOOD.replace("2 * 3", ":tags: [raises-exception]\n\n2 / 0"))
    assert notebooks.main([str(text)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.myst.md", "notes.txt", "."])
def test_a_file_that_is_no_chapter_is_named(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("")
    assert notebooks.main([name]) == 2
    assert name in capsys.readouterr().err


def test_a_folder_without_chapters_is_not_success(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert notebooks.main([]) == 2
    assert "chapters/*.myst.md" in capsys.readouterr().err


def test_formatting_changes_code_only(tmp_path):
    text = write_chapter(tmp_path, GOOD.replace("# Add", "# Add  1+1").replace("2 * 3", "2*3"))
    assert notebooks.main(["--format", str(text)]) == 0
    assert text.read_text() == GOOD.replace("# Add", "# Add  1+1")


def test_formatting_names_the_chapter_it_cannot_read(tmp_path):
    text = write_chapter(tmp_path, GOOD.replace("2 * 3", "2 *"))
    with pytest.raises(ValueError, match=r"01-add\.myst\.md"):
        notebooks.main(["--format", str(text)])


# ---- Tampering ----


def test_a_tampered_output_is_caught_and_an_untouched_one_is_not(tmp_path):
    text = write_chapter(tmp_path)
    assert notebooks.main([str(text)]) == 0
    path = notebooks.notebook_path(text)
    assert nbval(path).returncode == 0
    path.write_text(path.read_text().replace('"6"', '"7"'))
    found = nbval(path)
    assert found.returncode == 1
    assert "1 failed, 1 passed" in found.stdout


def test_a_tampered_record_of_a_claim_is_caught(tmp_path):
    mime = "application/vnd.gradproof.claim+json"
    cell = (
        f'from IPython.display import display\n\ndisplay({{"{mime}": {{"killed": 7}}}}, raw=True)'
    )
    text = write_chapter(tmp_path, GOOD.replace("1 + 1", cell))
    assert notebooks.main([str(text)]) == 0
    path = notebooks.notebook_path(text)
    tampered = nbformat.read(path, as_version=4)
    tampered.cells[1].outputs[0].data[mime]["killed"] = 8
    nbformat.write(tampered, path)
    assert nbval(path).returncode == 1


def test_a_notebook_that_was_never_run_is_caught_though_nbval_passes_it(tmp_path):
    text = write_chapter(tmp_path)
    path = notebooks.notebook_path(text)
    nbformat.write(notebooks.derive(text), path)
    assert nbval(path).returncode == 0
    assert notebooks.main(["--check", str(text)]) == 1


def test_a_tampered_output_of_a_real_chapter_is_caught(tmp_path):
    text = min(CHAPTERS, key=lambda text: len(stored(text).cells))
    path = Path(shutil.copy(notebooks.notebook_path(text), tmp_path))
    tampered = nbformat.read(path, as_version=4)
    data = next(o.data for c in tampered.cells for o in c.get("outputs", []) if "data" in o)
    mime = "text/markdown" if "text/markdown" in data else "text/plain"
    data[mime] = data[mime].replace("=", "= -", 1) + " "
    nbformat.write(tampered, path)
    found = nbval(path)
    assert found.returncode == 1
    assert "1 failed" in found.stdout


DERIVATION = """
```{code-cell} ipython3
import sympy
from sympy import Integer, Sum

from gradproof.derivation import Claim, Derivation
from gradproof.notation import k, n, q, softmax_of, z

with sympy.evaluate(False):
    derivation = Derivation(
        Claim("softmax-sums-to-one", "The probabilities sum to one"),
        Sum(softmax_of(z, k, q), (k, 1, n)),
        ("=", Integer(1), "the sum of the numerators is the denominator"),
    )
derivation
```
"""


def test_a_tampered_formula_is_caught_and_its_step_named(tmp_path, capsys):
    text = write_chapter(tmp_path, HEADER + "# Sum\n" + DERIVATION)
    path = notebooks.notebook_path(text)
    assert notebooks.main([str(text)]) == 0
    display = stored(text).cells[1].outputs[0].data["text/markdown"]
    before = path.read_bytes()

    text.write_text(text.read_text().replace("Integer(1)", "Integer(2)"))
    assert notebooks.main([str(text)]) == 1
    message = capsys.readouterr().err
    assert "DerivationError" in message
    assert "the sum of the numerators is the denominator" in message
    assert path.read_bytes() == before

    tampered = nbformat.read(path, as_version=4)
    tampered.cells[1].outputs[0].data["text/markdown"] = display.replace("&= 1", "&= 2")
    nbformat.write(tampered, path)
    assert "&= 2" in path.read_text()
    assert nbval(path).returncode == 1
