"""The two files of a chapter: its text, and the executed notebook derived from it.

``chapters/NN-name.myst.md`` is what people write and review; ``NN-name.ipynb`` is
what readers run, derived from the text and committed with its outputs. A notebook
is up to date when its cells are those of the text, every code cell has been run, and
its outputs were made by the same text, package and pinned versions: the notebook
carries a digest of these three, so neither clocks nor a fresh clone confuse it.

    python -m gradproof notebooks             re-derive what is out of date
    python -m gradproof notebooks --check     name what is out of date, change nothing
    python -m gradproof notebooks --format    format the code in the texts
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import jupytext
import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from gradproof.claim import RECORD_MIME
from gradproof.ledger import SECONDS, write_atomically

SUFFIX = ".myst.md"
INSTALL = {"tags": ["remove-cell"]}  # the rendered book does not show the cell for Colab
CELL_TIMEOUT = 300  # seconds

# What a notebook says about where it ran, kept free of the machine it ran on.
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LANGUAGE = {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"}


def notebook_path(text: Path) -> Path:
    """Return the path of the notebook that belongs to the text of a chapter.

    Parameters
    ----------
    text : Path
        A file named ``NN-name.myst.md``.

    Returns
    -------
    Path
        ``NN-name.ipynb`` in the same folder.

    Raises
    ------
    ValueError
        If the name does not end in ``.myst.md``.

    Examples
    --------
    >>> notebook_path(Path("chapters/02-softmax.myst.md")).name
    '02-softmax.ipynb'
    """
    if not text.name.endswith(SUFFIX):
        raise ValueError(f"text: expected a file named *{SUFFIX}, got {text}")
    return text.with_name(text.name.removesuffix(SUFFIX) + ".ipynb")


def digest(text: Path) -> str:
    """Return the digest of all that decides the outputs of a chapter.

    Parameters
    ----------
    text : Path
        The chapter's text, two levels below ``requirements.txt``.

    Returns
    -------
    str
        SHA-256 over the text, the modules beside it that it imports from, the package's code
        and data, the pinned versions, and the address of the public checkout.
    """
    package = Path(__file__).parent
    files = [*sorted(package.glob("*.py")), *sorted(package.glob("*.json"))]
    for folder in sorted(path.parent for path in text.parent.glob("*/__init__.py")):
        if re.search(rf"^from {folder.name}\b", text.read_text(encoding="utf-8"), re.MULTILINE):
            files += sorted(folder.glob("*.py"))
    requirements = text.resolve().parent.parent / "requirements.txt"
    content = hashlib.sha256()
    for file in [text, *files, *([requirements] if requirements.exists() else [])]:
        body = file.read_text(encoding="utf-8").encode()
        content.update(f"{file.name} {len(body)}\n".encode() + body)
    content.update(repository(text).encode())
    return content.hexdigest()


def repository(text: Path) -> str:
    """Return the address of the public checkout, as ``_config.yml`` gives it.

    Parameters
    ----------
    text : Path
        The chapter's text, two levels below ``_config.yml``.

    Returns
    -------
    str
        Empty if there is no public checkout.

    Raises
    ------
    ValueError
        If the address does not begin with ``https://``, or has a space or quote in it.
    """
    config = text.resolve().parent.parent / "_config.yml"
    settings = yaml.safe_load(config.read_text(encoding="utf-8")) if config.exists() else {}
    url = (settings.get("repository") or {}).get("url") or ""
    if url and not re.fullmatch(r"https://[^\s'\"\\]+", url):
        raise ValueError(f"repository.url of {config.name}: expected https://..., got {url!r}")
    return url


def install_cell(url: str) -> str:
    """Return the code that prepares Colab, which opens a notebook without what it needs.

    Parameters
    ----------
    url : str
        The address of the public checkout.

    Returns
    -------
    str
        One line; anywhere but in Colab it does nothing.
    """
    prepare = f"!git clone -q --depth 1 {url} book && pip install -q ./book\\n%cd -q book/chapters"
    colab = '"google.colab" in str(get_ipython())'
    return f'in_colab = {colab} and get_ipython().run_cell("{prepare}")  # noqa: E501'


def derive(text: Path) -> NotebookNode:
    """Return the notebook that the text describes, not yet executed.

    Parameters
    ----------
    text : Path
        The chapter's text.

    Returns
    -------
    NotebookNode
        Cells and metadata; a cell's id depends on its content alone, so inserting a
        cell leaves the other ids as they were.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    source = text.read_text(encoding="utf-8")
    notebook = jupytext.reads(source, fmt={"extension": ".md", "format_name": "myst"})
    notebook.metadata.pop("jupytext", None)
    notebook.metadata |= {
        "kernelspec": KERNEL,
        "language_info": LANGUAGE,
        "gradproof": {"digest": digest(text)},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    if url := repository(text):
        notebook.cells.insert(0, new_code_cell(install_cell(url), metadata=INSTALL))
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return notebook


def format_code(text: Path) -> None:
    """Rewrite the code cells of a chapter's text as ruff would write them.

    Parameters
    ----------
    text : Path
        The chapter's text; nothing outside its code cells changes.

    Raises
    ------
    ValueError
        If ruff cannot read a cell.
    """
    source, place = text.read_text(encoding="utf-8"), 0
    notebook = derive(text)
    notebook.cells = [cell for cell in notebook.cells if cell.metadata != INSTALL]
    content = nbformat.writes(notebook)
    for action in (["check", "--fix", "--exit-zero", "--quiet"], ["format", "--quiet"]):
        name = ["--stdin-filename", str(notebook_path(text)), "-"]
        command = [sys.executable, "-m", "ruff", *action, *name]
        done = subprocess.run(command, input=content, capture_output=True, text=True)
        if done.returncode:
            raise ValueError(f"{text}: {done.stderr.strip()}")
        content = done.stdout
    for old, new in zip(notebook.cells, nbformat.reads(content, 4).cells, strict=True):
        place = source.index(old.source, place)
        source = source[:place] + new.source + source[place + len(old.source) :]
        place += len(new.source)
    text.write_text(source, encoding="utf-8")


def disagreements(text: Path) -> list[str]:
    """Say how the committed notebook differs from what its text would give.

    Parameters
    ----------
    text : Path
        The chapter's text.

    Returns
    -------
    list of str
        Empty when the notebook is up to date.

    Notes
    -----
    Outputs are not compared here, that takes a run: ``make test-notebooks`` does it.
    """
    path = notebook_path(text)
    wanted = derive(text)
    if not path.exists():
        return ["the notebook does not exist"]
    found = nbformat.read(path, as_version=4)
    reasons = []
    if [_without_outputs(cell) for cell in found.cells] != [
        _without_outputs(cell) for cell in wanted.cells
    ]:
        reasons.append("its cells are not those of the text")
    if found.metadata != wanted.metadata:
        reasons.append("the text, the package, the pinned versions or its metadata changed")
    return reasons + run_faults(found)


def _without_outputs(cell: NotebookNode) -> tuple:
    return cell.id, cell.cell_type, cell.source, cell.metadata


def run_faults(notebook: NotebookNode) -> list[str]:
    """Say which code cells were not run, not run in order, or ended in an error.

    Parameters
    ----------
    notebook : NotebookNode
        An executed notebook.

    Returns
    -------
    list of str
        One sentence per fault; empty when every code cell was run, top to bottom.

    Notes
    -----
    nbval passes a notebook without outputs silently, so this has to be asked as well.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    faults = []
    for count, cell in enumerate(code, start=1):
        if cell.execution_count != count:
            faults.append(f"code cell {count} has execution count {cell.execution_count}")
        for output in cell.outputs:
            if output.output_type == "error":
                faults.append(f"code cell {count} ended in {output.ename}: {output.evalue}")
    return faults


async def execute(text: Path) -> dict[str, float]:
    """Derive the notebook of a chapter, run it, and replace the old one.

    Parameters
    ----------
    text : Path
        The chapter's text.

    Returns
    -------
    dict of str to float
        For each claim of the chapter, how many seconds its cell took.

    Raises
    ------
    RuntimeError
        If a cell fails: the message holds its source and traceback. The old notebook
        then stays as it was.
    """
    path, notebook = notebook_path(text), derive(text)
    metadata = notebook.metadata.copy()
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name=KERNEL["name"],
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(text.parent)}},
        record_timing=True,  # kept apart from the notebook, which is the same in every run
        coalesce_streams=True,
        force_raise_errors=True,
    )
    try:
        await client.async_execute()
    except (CellControlSignal, RuntimeError) as error:  # a cell, or the kernel itself
        done = sum(cell.get("execution_count") is not None for cell in notebook.cells)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
        raise RuntimeError(f"{text}: code cell {done} failed\n{plain}") from error
    notebook.metadata = metadata
    seconds = {}
    for cell in notebook.cells:
        times = cell.metadata.pop("execution", {})
        for output in cell.get("outputs", []):
            claim_id = output.get("data", {}).get(RECORD_MIME, {}).get("id")
            if claim_id:
                start, end = (
                    datetime.fromisoformat(times[event])
                    for event in ("iopub.execute_input", "iopub.status.idle")
                )
                seconds[claim_id] = round((end - start).total_seconds(), 2)
    _write(path, notebook)
    return seconds


def _write(path: Path, notebook: NotebookNode) -> None:
    """Write all of the file or none of it."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False
    ) as file:
        try:
            nbformat.write(notebook, file)
        except BaseException:
            os.unlink(file.name)
            raise
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def _keep_seconds(text: Path, took: dict[str, float]) -> None:
    """Put the times of a chapter's claims beside the chapters, for the page of the ledger."""
    file = text.parent / SECONDS
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    kept[notebook_path(text).stem] = took
    known = {notebook_path(t).stem for t in text.parent.glob(f"*{SUFFIX}")}
    kept = {chapter: kept[chapter] for chapter in sorted(kept) if chapter in known}
    write_atomically(json.dumps(kept, indent=1) + "\n", file)


async def _execute_all(texts: Sequence[Path]) -> list[str]:
    """Execute the chapters, one per processor at a time; return what failed."""
    places = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(text: Path) -> str | None:
        async with places:
            print(f"{text}: running", flush=True)
            start = time.perf_counter()
            try:
                took = await execute(text)
            except RuntimeError as error:
                return str(error)
            _keep_seconds(text, took)
            seconds = time.perf_counter() - start
            print(f"{notebook_path(text)}: written after {seconds:.0f} s", flush=True)
        return None

    return [error for error in await asyncio.gather(*map(one, texts)) if error]


def main(argv: Sequence[str] | None = None) -> int:
    """Re-derive the notebooks that are out of date, or only name them.

    Parameters
    ----------
    argv : sequence of str, optional
        Command line arguments, ``[--check | --format] [FILES...]``; without files, all
        chapters below the current folder.

    Returns
    -------
    int
        0 when everything is (now) up to date, 1 when not, 2 when there is nothing to do
        it to.
    """
    parser = argparse.ArgumentParser(
        prog="gradproof notebooks",
        description="Re-derive the executed notebooks that are out of date.",
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--check", action="store_true", help="only name them, and exit 1")
    instead.add_argument("--format", action="store_true", help="format the code in the texts")
    parser.add_argument("files", nargs="*", type=Path, help=f"chapters/*{SUFFIX}")
    arguments = parser.parse_args(argv)
    texts = arguments.files or sorted(Path("chapters").glob(f"*{SUFFIX}"))
    wrong = [text for text in texts if not (text.is_file() and text.name.endswith(SUFFIX))]
    if wrong or not texts:
        named = ", ".join(map(str, wrong)) or "the current folder"
        print(f"{named}: expected chapters/*{SUFFIX}, found none", file=sys.stderr)
        return 2
    if arguments.format:
        for text in texts:
            format_code(text)
        return 0
    stale = {text: reasons for text in texts if (reasons := disagreements(text))}
    if arguments.check:
        for text, reasons in stale.items():
            print(f"{notebook_path(text)}: out of date: {'; '.join(reasons)}", file=sys.stderr)
        if stale:
            print("run `make notebooks` and commit what it writes", file=sys.stderr)
        return 1 if stale else 0
    errors = asyncio.run(_execute_all(list(stale)))
    for error in errors:
        print(error, file=sys.stderr)
    print(f"notebooks: {len(texts) - len(errors)} of {len(texts)} up to date")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
