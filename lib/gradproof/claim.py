"""Claims: what is established, under which hypotheses, and its row of the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sympy.core.basic import Basic
from sympy.core.relational import Relational

from gradproof.latex import to_latex
from gradproof.numeric_twin import NumericResult

RECORD_MIME = "application/vnd.gradproof.claim+json"


def tuple_of(name: str, values: Iterable, kind: type, expected: str) -> tuple:
    """Return a sequence as a tuple.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    values : iterable
        A string or a SymPy expression is one value, not many.
    kind : type
        Of every element.
    expected : str
        The elements in words, for the message.

    Returns
    -------
    tuple

    Raises
    ------
    ValueError
        If ``values`` is a single value, or an element is not of the kind.
    """
    if isinstance(values, str | Basic) or not isinstance(values, Iterable):
        raise ValueError(f"{name}: expected a tuple, got the single value {values!r}")
    for value in (values := tuple(values)):
        if not isinstance(value, kind):
            raise ValueError(f"{name}: expected {expected}, got {value!r}")
    return values


def check_id(name: str, claim_id: str) -> None:
    """Refuse what is no id.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    claim_id : str
        Words in lower case with hyphens.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    if not isinstance(claim_id, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", claim_id):
        raise ValueError(f"{name}: expected words-with-hyphens, got {claim_id!r}")


@dataclass(frozen=True)
class Claim:
    """What a derivation establishes.

    Parameters
    ----------
    id : str
        A stable name in lower case with hyphens; also the label of the displayed equation.
    title : str
        A few words, without a full stop.
    given : sequence of Relational
        The hypotheses, definitions included, in the order in which a reader meets them.
    sources : sequence of str
        Ids of the source claims it covers, such as ``S1-26``.
    rests_on : sequence of str
        Ids of the claims whose results it uses.

    Raises
    ------
    ValueError
        If a field is not of the expected form, an id is named twice, the claim rests on
        itself, or SymPy has already evaluated a hypothesis.
    """

    id: str
    title: str
    given: Sequence[Relational] = ()
    sources: Sequence[str] = ()
    rests_on: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check the form of every field and keep sequences as tuples."""
        for name, kind, expected in (
            ("given", Relational, "relations built with evaluate=False"),
            ("sources", str, "ids such as 'S1-26'"),
            ("rests_on", str, "ids of claims"),
        ):
            values = tuple_of(name, getattr(self, name), kind, expected)
            object.__setattr__(self, name, values)
            if name != "given" and len(set(values)) < len(values):
                raise ValueError(f"{name}: expected each id once, got {values}")
        check_id("id", self.id)
        for other in self.rests_on:
            check_id("rests_on", other)
            if other == self.id:
                raise ValueError(f"rests_on: expected other claims, got {other!r} itself")
        for source in self.sources:
            if not re.fullmatch(r"S\d-\d\d", source):
                raise ValueError(f"sources: expected an id such as 'S1-26', got {source!r}")
        title = self.title
        if not isinstance(title, str) or not title.strip() or title.endswith("."):
            raise ValueError(f"title: expected words without a full stop, got {title!r}")


def claim_record(
    claim: Claim,
    statement: str,
    symbolic: dict | None,
    numeric: NumericResult | None,
    mutants: tuple[int, int, int],
) -> dict:
    """Return a claim's row of the ledger, in plain JSON types.

    Parameters
    ----------
    claim : Claim
    statement : str
        LaTeX.
    symbolic : dict or None
        Status and scope of the proof.
    numeric : NumericResult or None
    mutants : (int, int, int)
        How many wrong variants were refuted, are equivalent, and survived.

    Returns
    -------
    dict
        All fields but the chapter, which the ledger adds.
    """
    killed, equivalent, survived = mutants
    return {
        "id": claim.id,
        "title": claim.title,
        "statement": statement,
        "hypotheses": [to_latex(hypothesis) for hypothesis in claim.given],
        "sources": list(claim.sources),
        "depends_on": list(claim.rests_on),
        "symbolic": symbolic,
        "numeric": numeric
        and {
            "method": numeric.method,
            "points": numeric.points,
            "sizes": list(numeric.sizes),
            "max_error": numeric.max_error,
        },
        "mutants": {"killed": killed, "equivalent": equivalent, "survived": survived},
    }
