"""The chapter that a docstring names derives the claim it names."""

import ast
import re
from pathlib import Path

import gradproof
from gradproof.ledger import read_ledger

PACKAGE = Path(gradproof.__file__).parent
CLAIM = re.compile(r"S\d-\d\d|[a-z0-9]+(?:-[a-z0-9]+)+")
REFERENCE = re.compile(r"Claims? ([^;]*); (?:chapter (\d+)|no chapter yet)\.")


def references(docstring):
    """Return (claim, chapter or None) for what the References section names."""
    section = docstring.partition("References\n")[2].partition("----\n")[2]
    found = [
        (claim, int(chapter) if chapter else None)
        for claims, chapter in REFERENCE.findall(" ".join(section.split()))
        for claim in CLAIM.findall(claims)
    ]
    unread = CLAIM.findall(REFERENCE.sub("", " ".join(section.split())))
    assert not unread, f"{unread}: expected 'Claims A and B; chapter 2.' or '...; no chapter yet.'"
    return found


def faults(docstring, claims):
    """Say which references the ledger contradicts."""
    homes = {}
    for claim in claims:
        for name in (claim["id"], *claim["sources"]):
            homes.setdefault(name, set()).add(int(claim["chapter"].split("-")[0]))
    return [
        f"{name} is not in chapter {chapter}" if chapter else f"{name} has a chapter by now"
        for name, chapter in references(docstring)
        if (chapter not in homes.get(name, ()) if chapter else name in homes)
    ]


def docstrings():
    """Yield the place and the text of every docstring with References."""
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                text = ast.get_docstring(node) or ""
                if "References\n---" in text:
                    yield f"{path.stem}.{getattr(node, 'name', '')}", text


def test_every_reference_agrees_with_the_ledger():
    claims = read_ledger(PACKAGE.parents[1] / "chapters").claims
    found = dict(docstrings())
    assert sum(len(references(text)) for text in found.values()) >= 20
    wrong = {place: faults(text, claims) for place, text in found.items()}
    assert {place: them for place, them in wrong.items() if them} == {}


CLAIMS = [
    {"id": "softmax-shift", "chapter": "02-softmax", "sources": ["S0-06"]},
    {"id": "softmax-vjp", "chapter": "03-softmax-jacobian", "sources": ["S0-20"]},
]


def section(text):
    return f"Return it.\n\nReferences\n----------\n{text}"


def test_right_references_are_accepted():
    text = "Claims S0-06 and softmax-shift; chapter 2. Claim S1-26\n(Lemma 4); no chapter yet."
    assert references(section(text)) == [("S0-06", 2), ("softmax-shift", 2), ("S1-26", None)]
    assert faults(section(text), CLAIMS) == []


def test_wrong_references_are_rejected():
    text = "Claims S0-06 and softmax-vjp; chapter 2. Claim S0-20; no chapter yet."
    assert faults(section(text), CLAIMS) == [
        "softmax-vjp is not in chapter 2",
        "S0-20 has a chapter by now",
    ]
    assert faults(section("Claim S2-59; chapter 2."), CLAIMS) == ["S2-59 is not in chapter 2"]


def test_a_reference_of_another_form_is_rejected():
    for text in ("Claim S0-06.", "Chapter 2, softmax-shift.", "Claim S0-06 chapter 2."):
        try:
            references(section(text))
        except AssertionError as error:
            assert "expected 'Claims" in str(error)
        else:
            raise AssertionError(f"{text} was accepted")
