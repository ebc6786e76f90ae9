"""Claims: what is established, under which hypotheses, and its row of the ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sympy.core.relational import Relational

from gradproof.latex import to_latex
from gradproof.numeric_twin import NumericResult

RECORD_MIME = "application/vnd.gradproof.claim+json"


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
        If an id is not of the expected form, the title is empty, or SymPy has already
        evaluated a hypothesis.
    """

    id: str
    title: str
    given: Sequence[Relational] = ()
    sources: Sequence[str] = ()
    rests_on: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check the form of every field and keep sequences as tuples."""
        for name in ("given", "sources", "rests_on"):
            value = getattr(self, name)
            if isinstance(value, str | Relational):
                raise ValueError(f"{name}: expected a tuple, got the single value {value}")
            object.__setattr__(self, name, tuple(value))
        for name, ids in (("id", [self.id]), ("rests_on", self.rests_on)):
            for claim_id in ids:
                if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", claim_id):
                    raise ValueError(f"{name}: expected words-with-hyphens, got {claim_id!r}")
        for source in self.sources:
            if not re.fullmatch(r"S\d-\d\d", source):
                raise ValueError(f"sources: expected an id such as 'S1-26', got {source!r}")
        if not self.title.strip() or self.title.endswith("."):
            raise ValueError(f"title: expected words without a full stop, got {self.title!r}")
        for hypothesis in self.given:
            if not isinstance(hypothesis, Relational):
                raise ValueError(
                    f"given: expected relations built with evaluate=False, got {hypothesis}"
                )


def claim_record(
    claim: Claim,
    statement: str,
    symbolic: dict | None,
    numeric: NumericResult | None,
    mutants: tuple[int, int],
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
    mutants : (int, int)
        How many wrong variants were refuted and how many are equivalent.

    Returns
    -------
    dict
        All fields but the chapter, which the ledger adds.
    """
    killed, equivalent = mutants
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
        "mutants": {"killed": killed, "equivalent": equivalent, "survived": 0},
    }
