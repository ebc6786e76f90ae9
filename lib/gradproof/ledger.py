"""The ledger: every claim of the book, read from the outputs of its executed notebooks.

Displaying a derivation stores its record beside what the reader sees, so nothing is kept
twice. Reading the records checks that they fit together: ids are unique, every claim
rests on claims that exist and never on itself, every source id is known, and nothing in
the ledger is less than proved or executed.

    python -m gradproof ledger                 coverage of each source, and what is missing
    python -m gradproof ledger --json FILE     all claims; FILE may be - for the terminal
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from pathlib import Path

from gradproof.claim import RECORD_MIME

#: The file beside the notebooks with the seconds that each claim's cell took, by chapter.
SECONDS = "seconds.json"

#: The fields of a claim, in the order in which they are written, and their types.
FIELDS = {
    "id": str,
    "title": str,
    "statement": str,
    "hypotheses": list,
    "sources": list,
    "chapter": str,
    "depends_on": list,
    "symbolic": dict | None,
    "numeric": dict | None,
    "mutants": dict,
    "seconds": float | None,
}
_PARTS = {
    "symbolic": {"status": str, "scope": str},
    "numeric": {"method": str, "points": int, "sizes": list, "max_error": float},
    "mutants": {"killed": int, "equivalent": int, "survived": int},
}


class LedgerError(ValueError):
    """Records that are damaged or do not fit together; names the notebook and the claim."""


@dataclass(frozen=True)
class Coverage:
    """How much of one source the claims cover."""

    source: str
    covered: tuple[str, ...]
    missing: tuple[str, ...]

    def __str__(self) -> str:
        total = len(self.covered) + len(self.missing)
        tail = f"; missing: {', '.join(self.missing)}" if self.missing else ""
        return f"{self.source}: {len(self.covered)} of {total} checkable claims{tail}"


@dataclass(frozen=True)
class Ledger:
    """The claims of the book, in the order of its chapters."""

    claims: tuple[dict, ...]

    def coverage(self) -> list[Coverage]:
        """Return the coverage of each source's checkable claims.

        Returns
        -------
        list of Coverage
            One for each source; an id is checkable if prose is not the only check.
        """
        cited = {source for claim in self.claims for source in claim["sources"]}
        by_source: dict[str, list[str]] = {}
        for source_id, entry in source_claims().items():
            if set(entry["checks"]) - {"DOC"}:
                by_source.setdefault(source_id.split("-")[0], []).append(source_id)
        return [
            Coverage(
                source,
                tuple(source_id for source_id in ids if source_id in cited),
                tuple(source_id for source_id in ids if source_id not in cited),
            )
            for source, ids in by_source.items()
        ]

    def report(self) -> str:
        """Return the coverage of each source and the totals as text."""
        coverage = self.coverage()
        covered = sum(len(part.covered) for part in coverage)
        total = covered + sum(len(part.missing) for part in coverage)
        proved = sum(claim["symbolic"] is not None for claim in self.claims)
        executed = len(self.claims) - proved
        chapters = len({claim["chapter"] for claim in self.claims})
        return "\n".join(
            [
                *map(str, coverage),
                f"all: {covered} of {total} checkable claims of the sources",
                f"claims: {len(self.claims)} "
                f"({proved} proved, {executed} settled by running code), chapters: {chapters}",
            ]
        )

    def to_json(self) -> str:
        """Return all claims as a JSON list, the same bytes on every machine."""
        return json.dumps(self.claims, indent=2, ensure_ascii=False) + "\n"


@cache
def source_claims() -> dict[str, dict]:
    """Return what the sources claim: a title, kinds and checks for each id.

    Returns
    -------
    dict of str to dict
        Keys such as ``S1-26``, in order.

    Examples
    --------
    >>> source_claims()["S1-26"]["title"]
    'gradient by the logits: output minus target'
    """
    return json.loads(files("gradproof").joinpath("source_claims.json").read_text("utf-8"))


def read_ledger(chapters: Path) -> Ledger:
    """Read and check the records in the executed notebooks of a folder.

    Parameters
    ----------
    chapters : Path
        The folder with the ``.ipynb`` files.

    Returns
    -------
    Ledger
        The claims in the order of chapters and cells.

    Raises
    ------
    LedgerError
        If the folder has no notebook, a notebook or record is damaged, an id is used twice
        or unknown, a claim rests on itself, or its checks did not pass.
    """
    if not chapters.is_dir():
        raise LedgerError(f"{chapters} is not a folder")
    notebooks = sorted(chapters.glob("*.ipynb"))
    if not notebooks:
        raise LedgerError(f"{chapters} has no notebook (*.ipynb)")
    seconds = _seconds(chapters / SECONDS)
    claims = [
        claim
        for notebook in notebooks
        for claim in _records(notebook, seconds.get(notebook.stem, {}))
    ]
    _check_together(claims)
    return Ledger(tuple(claims))


def _seconds(file: Path) -> dict[str, dict[str, float]]:
    """Return how long each claim took when its chapter was last run here; empty if not known."""
    try:
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except ValueError as error:
        raise LedgerError(f"{file.name}: not JSON ({error})") from error


def _records(notebook: Path, seconds: dict[str, float]) -> Iterable[dict]:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", ())]
        records = [output["data"][RECORD_MIME] for output in outputs if _has_record(output)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"{notebook.name}: not a notebook ({error!r})") from error
    for record in records:
        yield _checked(record, notebook, seconds)


def _has_record(output: dict) -> bool:
    return RECORD_MIME in output.get("data", {})


def _checked(record: object, notebook: Path, seconds: dict[str, float]) -> dict:
    """Return the record with its chapter and its fields in order, or say what is wrong."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise LedgerError(f"{notebook.name}: a record without an id")
    where = f"{notebook.name}, claim {record['id']}"
    if {"chapter", "seconds"} & record.keys():
        raise LedgerError(f"{where}: chapter and seconds are no part of the record")
    claim = record | {"chapter": notebook.stem, "seconds": seconds.get(record["id"])}
    _check_fields(claim, FIELDS, where)
    for part, fields in _PARTS.items():
        if claim[part] is not None:
            _check_fields(claim[part], fields, f"{where}, {part}")
    symbolic, numeric, mutants = claim["symbolic"], claim["numeric"], claim["mutants"]
    if symbolic is None and numeric is None:
        raise LedgerError(f"{where}: neither proved nor executed")
    if symbolic is not None and symbolic["status"] != "proved":
        raise LedgerError(f"{where}: its proof is {symbolic['status']}")
    if mutants["survived"] or mutants["killed"] < 1:
        raise LedgerError(
            f"{where}: {mutants['killed']} wrong variants were refuted, "
            f"{mutants['survived']} survived"
        )
    for source in claim["sources"]:
        if source not in source_claims():
            raise LedgerError(f"{where}: unknown source {source}")
    return {name: claim[name] for name in FIELDS}


def _check_fields(values: dict, fields: dict, where: str) -> None:
    if values.keys() != fields.keys():
        odd = ", ".join(sorted(values.keys() ^ fields.keys()))
        raise LedgerError(f"{where}: missing or unknown fields: {odd}")
    for name, kind in fields.items():
        value = values[name]
        if not isinstance(value, kind) or isinstance(value, bool) or value == "":
            raise LedgerError(f"{where}: unexpected {name} {value!r}")


def _check_together(claims: Sequence[dict]) -> None:
    chapter_of: dict[str, str] = {}
    for claim in claims:
        where = f"{claim['chapter']}.ipynb, claim {claim['id']}"
        if claim["id"] in chapter_of:
            raise LedgerError(f"{where}: also in {chapter_of[claim['id']]}.ipynb")
        chapter_of[claim["id"]] = claim["chapter"]
    for claim in claims:
        for other in claim["depends_on"]:
            if other not in chapter_of:
                where = f"{claim['chapter']}.ipynb, claim {claim['id']}"
                raise LedgerError(f"{where}: rests on the unknown claim {other}")
    try:
        TopologicalSorter({claim["id"]: claim["depends_on"] for claim in claims}).prepare()
    except CycleError as error:
        ring = error.args[1]
        path = " rests on ".join(f"{name} ({chapter_of[name]}.ipynb)" for name in reversed(ring))
        raise LedgerError(f"claims rest on each other: {path}") from error


def write_atomically(text: str, file: Path) -> None:
    """Write a file in one step: a reader sees the old content or the new, never half.

    Parameters
    ----------
    text : str
        The content.
    file : Path
        Its folder must exist.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to; names ``file``.
    """
    try:
        _write_beside(text, file)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(file)) from error


def _write_beside(text: str, file: Path) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command ``python -m gradproof ledger``.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line after ``ledger``.

    Returns
    -------
    int
        0, or 2 if the ledger or the file is not in order.
    """
    parser = argparse.ArgumentParser(
        prog="python -m gradproof ledger",
        description="Print which source claims the book covers, or write all its claims as JSON.",
    )
    parser.add_argument(
        "chapters",
        nargs="?",
        type=Path,
        default=Path("chapters"),
        help="folder with the executed notebooks (default: chapters)",
    )
    parser.add_argument("--json", metavar="FILE", help="write all claims; - for the terminal")
    options = parser.parse_args(arguments)
    try:
        ledger = read_ledger(options.chapters)
        if options.json is None:
            print(ledger.report())
        elif options.json == "-":
            print(ledger.to_json(), end="")
        else:
            write_atomically(ledger.to_json(), Path(options.json))
    except (LedgerError, OSError) as error:
        print(f"gradproof ledger: {error}", file=sys.stderr)
        return 2
    return 0
