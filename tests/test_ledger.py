"""The ledger holds what the notebooks show, and refuses what does not fit together."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sympy import evaluate

from gradproof.__main__ import main
from gradproof.claim import RECORD_MIME, Claim
from gradproof.derivation import Derivation
from gradproof.experiment import Experiment
from gradproof.ledger import (
    FIELDS,
    SECONDS,
    LedgerError,
    read_ledger,
    source_claims,
    write_atomically,
)
from gradproof.notation import x

RECORD = {
    "id": "softmax-jacobian",
    "title": "The Jacobian of softmax",
    "statement": r"\frac{\partial a_{j}}{\partial z_{i}} = a_{j} \left(\delta_{ij} - a_{i}\right)",
    "hypotheses": [],
    "sources": ["S0-14", "S4-05"],
    "depends_on": [],
    "symbolic": {"status": "proved", "scope": "every n"},
    "numeric": {"method": "complex step", "points": 20, "sizes": [2, 3], "max_error": 1e-14},
    "mutants": {"killed": 9, "equivalent": 1, "survived": 0},
}


def record(id, **changes):
    return copy.deepcopy(RECORD) | {"id": id} | changes


def output(data):
    return {"output_type": "execute_result", "data": data, "metadata": {}}


def write(folder, name, *records):
    cells = [{"cell_type": "markdown", "source": "# Title"}]
    for entry in records:
        outputs = [{"output_type": "stream", "text": "hello"}, output({"text/plain": "1"})]
        outputs.append(output({"text/markdown": "...", RECORD_MIME: entry}))
        cells.append({"cell_type": "code", "source": "", "outputs": outputs})
    (folder / name).write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")


def refused(folder, *records):
    write(folder, "03-jacobian.ipynb", *records)
    with pytest.raises(LedgerError) as error:
        read_ledger(folder)
    assert str(error.value).startswith("03-jacobian.ipynb") or "03-jacobian" in str(error.value)
    return str(error.value)


# --- The sources -------------------------------------------------------------------------


def test_every_source_claim_is_listed():
    counts = {}
    for source_id in source_claims():
        counts[source_id[:2]] = counts.get(source_id[:2], 0) + 1
    assert counts == {"S0": 20, "S1": 32, "S2": 68, "S3": 13, "S4": 11}


def test_source_claims_have_a_title_kinds_and_known_checks():
    kinds = {"DEF", "PROP", "THM", "DERIV", "NUM", "TAB", "SHAPE", "MEM", "CODE", "FIG", "REM"}
    checks = {"GEN", "SYM", "RAT", "FD", "FP", "RUN", "DOC", "NUM"}
    for entry in source_claims().values():
        assert set(entry) == {"title", "kind", "checks"}
        assert entry["title"] and not entry["title"].endswith(".")
        assert set(entry["kind"]) <= kinds and entry["kind"]
        assert set(entry["checks"]) <= checks


def test_source_titles_tell_claims_apart():
    titles = [entry["title"] for entry in source_claims().values()]
    assert len(set(titles)) == len(titles)


# --- Reading -----------------------------------------------------------------------------


def test_claims_come_in_the_order_of_chapters_and_cells(tmp_path):
    write(tmp_path, "03-jacobian.ipynb", record("c"), record("b", depends_on=["a"]))
    write(tmp_path, "02-softmax.ipynb", record("a"))
    ledger = read_ledger(tmp_path)
    assert [claim["id"] for claim in ledger.claims] == ["a", "c", "b"]
    assert [claim["chapter"] for claim in ledger.claims] == [
        "02-softmax", "03-jacobian", "03-jacobian",
    ]  # fmt: skip
    assert all(list(claim) == list(FIELDS) for claim in ledger.claims)


def test_records_of_derivations_and_experiments_are_accepted(tmp_path):
    with evaluate(False):
        proof = Derivation(Claim("double", "Double"), x + x, ("=", 2 * x, "count"))
    run = Experiment(Claim("one", "One", rests_on=("double",)), [("one", 1, 1)])
    records = [shown._repr_mimebundle_()[RECORD_MIME] for shown in (proof, run)]
    write(tmp_path, "01-logistic.ipynb", *records)
    proved, executed = read_ledger(tmp_path).claims
    assert proved["symbolic"] == {"status": "proved", "scope": "every value"}
    assert executed["symbolic"] is None


def test_seconds_are_read_from_beside_the_notebooks(tmp_path):
    write(tmp_path, "03-jacobian.ipynb", record("a"), record("b"))
    assert [claim["seconds"] for claim in read_ledger(tmp_path).claims] == [None, None]
    (tmp_path / SECONDS).write_text('{"03-jacobian": {"b": 1.25}, "02-softmax": {"a": 3.0}}')
    assert [claim["seconds"] for claim in read_ledger(tmp_path).claims] == [None, 1.25]
    (tmp_path / SECONDS).write_text("{")
    with pytest.raises(LedgerError, match=r"seconds\.json: not JSON"):
        read_ledger(tmp_path)


def test_coverage_counts_only_what_can_be_checked(tmp_path):
    write(tmp_path, "03-jacobian.ipynb", record("a", sources=["S4-05", "S4-07", "S0-15"]))
    coverage = {part.source: part for part in read_ledger(tmp_path).coverage()}
    assert coverage["S4"].covered == ("S4-05", "S4-07")
    assert coverage["S4"].missing == ("S4-02", "S4-06", "S4-08", "S4-09", "S4-10", "S4-11")
    assert coverage["S0"].covered == ()
    assert "S0-15" not in coverage["S0"].missing
    report = read_ledger(tmp_path).report()
    assert "S4: 2 of 8 checkable claims; missing: S4-02, S4-06" in report
    assert "claims: 1 (1 proved, 0 settled by running code), chapters: 1" in report


# --- Refusing ----------------------------------------------------------------------------


def test_an_id_used_twice_is_refused(tmp_path):
    write(tmp_path, "02-softmax.ipynb", record("a"))
    assert refused(tmp_path, record("a")) == "03-jacobian.ipynb, claim a: also in 02-softmax.ipynb"


def test_resting_on_an_unknown_claim_is_refused(tmp_path):
    message = refused(tmp_path, record("a", depends_on=["nowhere"]))
    assert message == "03-jacobian.ipynb, claim a: rests on the unknown claim nowhere"


@pytest.mark.parametrize("ring", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_claims_that_rest_on_each_other_are_refused(tmp_path, ring):
    after = [*ring[1:], ring[0]]
    records = [record(one, depends_on=[two]) for one, two in zip(ring, after, strict=True)]
    message = refused(tmp_path, *records)
    assert message.startswith("claims rest on each other: ")
    assert all(f"{one} (03-jacobian.ipynb)" in message for one in ring)


def test_an_unknown_source_is_refused(tmp_path):
    message = refused(tmp_path, record("a", sources=["S0-14", "S9-01"]))
    assert message == "03-jacobian.ipynb, claim a: unknown source S9-01"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"symbolic": {"status": "undecided", "scope": "every n"}}, "its proof is undecided"),
        ({"symbolic": {"status": "refuted", "scope": "every n"}}, "its proof is refuted"),
        ({"symbolic": None, "numeric": None}, "neither proved nor executed"),
        ({"symbolic": {"status": "proved"}}, "fields: scope"),
        ({"symbolic": "proved"}, "unexpected symbolic"),
        ({"mutants": {"killed": 0, "equivalent": 9, "survived": 0}}, "0 wrong variants"),
        ({"mutants": {"killed": 9, "equivalent": 0, "survived": 1}}, "1 survived"),
        ({"mutants": {"killed": True, "equivalent": 0, "survived": 0}}, "unexpected killed"),
        ({"mutants": None}, "unexpected mutants"),
        ({"statement": ""}, "unexpected statement"),
        ({"sources": "S0-14"}, "unexpected sources"),
        ({"colour": "red"}, "fields: colour"),
        ({"seconds": 1.5}, "no part of the record"),
        ({"chapter": "elsewhere"}, "no part of the record"),
    ],
)
def test_a_tampered_record_is_refused(tmp_path, changes, message):
    assert message in refused(tmp_path, record("a", **changes))


def test_a_record_with_a_field_missing_is_refused(tmp_path):
    damaged = record("a")
    del damaged["mutants"]
    assert "claim a: missing or unknown fields: mutants" in refused(tmp_path, damaged)


def test_a_record_without_an_id_is_refused(tmp_path):
    assert "without an id" in refused(tmp_path, {"title": "?"})
    assert "without an id" in refused(tmp_path, ["?"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', '{"cells": [1]}', "\xff"])
def test_what_is_no_notebook_is_refused(tmp_path, text):
    (tmp_path / "03-jacobian.ipynb").write_bytes(text.encode("latin-1"))
    with pytest.raises(LedgerError, match=r"03-jacobian.ipynb: not a notebook"):
        read_ledger(tmp_path)


# --- The command -------------------------------------------------------------------------


def test_the_command_prints_coverage(tmp_path, capsys):
    write(tmp_path, "03-jacobian.ipynb", record("a"))
    assert main(["ledger", str(tmp_path)]) == 0
    assert "S0: 1 of 19 checkable claims; missing: S0-01" in capsys.readouterr().out


def test_the_command_writes_all_claims(tmp_path, capsys):
    write(tmp_path, "03-jacobian.ipynb", record("a", title="é"), record("b"))
    file = tmp_path / "claims.json"
    assert main(["ledger", str(tmp_path), "--json", str(file)]) == 0
    assert main(["ledger", str(tmp_path), "--json", "-"]) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
    claims = json.loads(file.read_text(encoding="utf-8"))
    assert claims == list(read_ledger(tmp_path).claims)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["03-jacobian.ipynb", "claims.json"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["ledger", "nowhere"],
        ["ledger", "."],
        ["ledger", "chapters", "--json", "nowhere/claims.json"],
        ["ledger", "chapters", "--json", "chapters"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_bad_arguments_are_a_clear_error(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chapters").mkdir()
    write(tmp_path / "chapters", "03-jacobian.ipynb", record("a"))
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("gradproof")
    assert len(list((tmp_path / "chapters").iterdir())) == 1


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "claims.json"
    file.write_text("old")

    def fail(*paths):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically("new", file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_names_the_file_that_was_asked_for(tmp_path, capsys):
    write(tmp_path, "03-jacobian.ipynb", record("a"))
    file = tmp_path / "nonexist" / "x.json"
    assert main(["ledger", str(tmp_path), "--json", str(file)]) == 2
    wanted = f"gradproof ledger: [Errno 2] No such file or directory: '{file}'\n"
    assert capsys.readouterr().err == wanted


def test_help_names_both_commands(capsys):
    assert main([]) == 0
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "ledger" in out and "notebooks" in out


def test_the_module_runs_as_a_program(tmp_path):
    command = [sys.executable, "-m", "gradproof", "ledger", "nowhere"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert finished.returncode == 2
    assert finished.stderr == "gradproof ledger: nowhere is not a folder\n"


# --- The book's own chapters ---------------------------------------------------------------

BOOK = read_ledger(Path(__file__).parents[1] / "chapters")


def test_every_claim_of_the_sources_that_can_be_checked_is_in_a_chapter():
    assert {part.source: part.missing for part in BOOK.coverage() if part.missing} == {}


def test_no_claim_is_undecided_and_no_wrong_variant_survives():
    for claim in BOOK.claims:
        symbolic = claim["symbolic"]
        assert symbolic is None or symbolic["status"] == "proved", claim["id"]
        assert claim["mutants"]["survived"] == 0, claim["id"]
        assert claim["mutants"]["killed"] > 0, claim["id"]
