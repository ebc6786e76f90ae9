r"""Errata: what a source prints, run through the checker as it stands.

Each item keeps what is printed, in the source's own letters, and where it stands. Nothing
says beforehand whether it is right: `Printed.check` decides. An item that fails needs a
correction or the hypothesis that was left out, and these have to pass the same check; an
item that passes may have neither, so nobody is accused without a witness.

    >>> from sympy import Derivative, Symbol, evaluate, exp
    >>> z = Symbol("z", real=True)
    >>> with evaluate(False):
    ...     slope = Printed(
    ...         "exponential-slope", "S2-41", "a list of derivatives",
    ...         Chain(Derivative(exp(2 * z), z), ("=", exp(2 * z))),
    ...         title="The slope of an exponential",
    ...         correction=Chain(Derivative(exp(2 * z), z), ("=", 2 * exp(2 * z))),
    ...         cause="slip",
    ...     )
    >>> print(slope.check().outcome)
    fails
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sympy import Eq, Expr, evaluate
from sympy.core.relational import Relational

from gradproof.claim import check_id, tuple_of
from gradproof.derivation import RELATED, narrowest
from gradproof.display import (
    Step,
    aligned,
    display_math,
    listing,
    markdown_table,
    point_to_latex,
    scope_in_words,
    shown,
)
from gradproof.experiment import compare, read_row
from gradproof.latex import plain, to_latex
from gradproof.mutants import mutants, relation_mutants
from gradproof.proving import Verdict, prove

#: What an item that fails looks like, and how a page says so.
CAUSES = {
    "slip": "Probably a slip of the author's.",
    "scan": "Probably an error of the scan.",
    "slip or scan": "A slip of the author's or an error of the scan: the copy does not tell.",
    "unsaid": "Not wrong, but it needs what is left unsaid.",
    "convention": "Not wrong by itself: it uses another convention than its surroundings.",
    "shorthand": "A shorthand: clear to its author, false if read as it stands.",
}


class ErrataError(ValueError):
    """An item that cannot be decided, or whose correction does not fit the decision."""


@dataclass(frozen=True)
class Findings:
    """What the checker says of what is printed.

    Attributes
    ----------
    failed, count : int
        How many relations or rows fail, and how many there are.
    markdown, text : str
        Those that fail, each with its witness; for a page and for a terminal.
    """

    failed: int
    count: int
    markdown: str
    text: str


class Chain:
    """Relations as a source prints them, without the reasons of a derivation.

    Parameters
    ----------
    first : Expr
        The expression the chain starts from.
    *steps : (relation, expr)
        ``=``, ``<=``, ``<``, ``>=`` or ``>``, and the next expression.
    given : sequence of relations
        What the source states itself: definitions and hypotheses, in its own letters.

    Raises
    ------
    ValueError
        If there is no step, or a step is of another form.
    """

    def __init__(self, first: Expr, *steps: Sequence, given: Sequence[Relational] = ()) -> None:
        """Keep the chain as typed; nothing is computed here."""
        if not steps:
            raise ValueError("steps: expected (relation, expression), got none")
        for number, step in enumerate(steps, 1):
            if not isinstance(step, tuple | list) or len(step) != 2 or step[0] not in RELATED:
                raise ValueError(f"step {number}: expected (relation, expression), got {step!r}")
        self.first = first
        self.steps = tuple(Step(sign, expr, "") for sign, expr in steps)
        self.given = tuple_of("given", given, Relational, "relations built with evaluate=False")

    @property
    def relations(self) -> list[Relational]:
        """The relation of each step."""
        sides = [self.first, *(step.expr for step in self.steps)]
        return [
            RELATED[step.relation](left, step.expr, evaluate=False)
            for left, step in zip(sides, self.steps, strict=False)
        ]

    def _verdicts(self, needs: Sequence[Relational]) -> list[Verdict]:
        """Return the verdict on each step; a line copied out once more needs none."""
        verdicts = []
        for relation in self.relations:
            if isinstance(relation, Eq) and plain(relation.lhs) == plain(relation.rhs):
                verdicts.append(Verdict("proved", relation, "every value"))
                continue
            verdicts.append(verdict := prove(relation, [*self.given, *needs]))
            if verdict.status == "undecided":
                raise ErrataError(f"{plain(relation)} is undecided: {verdict.reason}")
        return verdicts

    def examine(self, needs: Sequence[Relational] = ()) -> Findings:
        """Prove or refute each step.

        Parameters
        ----------
        needs : sequence of relations
            Hypotheses to take for granted beside those of the source.

        Returns
        -------
        Findings

        Raises
        ------
        ErrataError
            If a step is undecided.
        """
        verdicts = self._verdicts(needs)
        refuted = [(at, v) for at, v in enumerate(verdicts, 1) if not v]
        pages, lines = [], []
        for at, verdict in refuted:
            which = (
                f"Relation {at} of {len(verdicts)} is refuted" if len(verdicts) > 1 else "Refuted"
            )
            point = point_to_latex(verdict.counterexample)
            pages.append(f"{display_math(to_latex(verdict.relation))}\n\n{which}: {point}.")
            lines.append(f"{which}: {plain(verdict.relation)} at {verdict.counterexample}")
        return Findings(len(refuted), len(verdicts), "\n\n".join(pages), "\n".join(lines))

    def can_fail(self) -> bool:
        """Tell whether some wrong variant of the last step is refuted."""
        relation = self.relations[-1]
        if isinstance(relation, Eq):
            wrong = (Eq(relation.lhs, m.expr, evaluate=False) for m in mutants(relation.rhs))
        else:
            wrong = (m.expr for m in relation_mutants(relation))
        return any(prove(variant, self.given).status == "refuted" for variant in wrong)

    def settled(self, needs: Sequence[Relational] = ()) -> str:
        """Return the chain and for what it was proved, in Markdown."""
        verdicts = self._verdicts(needs)
        used = [h for h in (*self.given, *needs) if any(h in v.used for v in verdicts)]
        whole = RELATED[self.steps[-1].relation](self.first, self.steps[-1].expr, evaluate=False)
        verdict = Verdict("proved", whole, narrowest(v.scope for v in verdicts), tuple(used))
        words = f"Proved for {scope_in_words(verdict, math=True)}"
        if used:
            words += f", given {listing([f'${to_latex(h)}$' for h in used])}"
        return f"{display_math(aligned(self.first, self.steps))}\n\n{words}."


class Values:
    """Numbers, shapes and outcomes as a source prints them.

    Parameters
    ----------
    *rows : Row or (label, computed, printed[, tolerance[, signed_zero]])
        What the label says, computed; and what is printed. The computed value may be a
        function without arguments.
    """

    def __init__(self, *rows: Sequence) -> None:
        """Keep the rows; nothing is computed here."""
        if not rows:
            raise ValueError("rows: expected (label, computed, printed), got none")
        self.rows = tuple(map(read_row, rows))

    def examine(self, needs: Sequence[Relational] = ()) -> Findings:
        """Compute each row and compare it with what is printed.

        Parameters
        ----------
        needs : sequence of relations
            Must be empty: running code cannot use a hypothesis.

        Returns
        -------
        Findings
        """
        if needs:
            raise ErrataError("needs: what is computed takes no hypotheses; give a correction")
        found = [(row, compare(row)) for row in self.rows]
        wrong = [(row.label, f.expected, f.computed) for row, f in found if not f.agrees]
        cells = [(label, f"`{printed}`", f"`{computed}`") for label, printed, computed in wrong]
        lines = [f"{label}: printed {p}, computed {c}" for label, p, c in wrong]
        table = markdown_table(("value", "printed", "computed"), cells) if cells else ""
        return Findings(len(wrong), len(found), table, "\n".join(lines))

    def can_fail(self) -> bool:
        """Tell whether every wrong expectation of every row is rejected."""
        found = [compare(row) for row in self.rows]
        return all(f.rejected and not f.accepted for f in found)

    def settled(self, needs: Sequence[Relational] = ()) -> str:
        """Return the rows and that they were computed, in Markdown."""
        found = [(row.label, compare(row)) for row in self.rows]
        cells = [(label, f"`{f.computed}`") for label, f in found]
        return f"{markdown_table(('value', 'computed'), cells)}\n\nExecuted."


class Listing(Values):
    """Code as a source prints it, run.

    Parameters
    ----------
    code : str
        The listing.
    *rows : (expression, printed[, tolerance])
        A Python expression, evaluated after the listing has run, and what the source says
        of it. Where the listing stops with an error, every row has its class.
    before, after : str
        Code to run first and last: what the source leaves to the reader.
    """

    def __init__(self, code: str, *rows: Sequence, before: str = "", after: str = "") -> None:
        """Keep the listing; nothing is run here."""
        self.code, self.before, self.after = code.strip("\n"), before, after
        super().__init__(
            *((f"`{expr}`", lambda expr=expr: self._value(expr), *rest) for expr, *rest in rows)
        )

    @cached_property
    def _namespace(self) -> dict:
        names: dict = {"__name__": "listing"}
        for part in (self.before, self.code, self.after):
            exec(compile(part, "listing", "exec"), names)
        return names

    def _value(self, expr: str):
        return eval(expr, self._namespace)

    def examine(self, needs: Sequence[Relational] = ()) -> Findings:
        """Run the listing and compare each row with what is printed."""
        found = super().examine(needs)
        code = f"```python\n{self.code}\n```\n\n"
        return Findings(
            found.failed, found.count, code + found.markdown if found.failed else "", found.text
        )

    def settled(self, needs: Sequence[Relational] = ()) -> str:
        """Return the listing, what runs around it, and its rows, in Markdown."""
        parts = [part.strip("\n") for part in (self.before, self.code, self.after) if part]
        code = "\n\n".join(parts)
        return f"```python\n{code}\n```\n\n{super().settled(needs)}"


Content = Chain | Values


@dataclass(frozen=True)
class Printed:
    """One thing that a source prints.

    Parameters
    ----------
    id : str
        A stable name in lower case with hyphens.
    sources : str
        Ids of the source's claims, such as ``S1-26`` or ``S1-29, S1-30``.
    where : str
        Where it stands, in words, without a full stop.
    content : Chain, Values or Listing
        What is printed.
    title : str
        A few words for the reader; needed if it fails.
    correction : Chain, Values or Listing, optional
        What should stand there.
    needs : sequence of relations
        Hypotheses that are left unsaid and with which a chain holds.
    cause : str
        One of `CAUSES`.

    Raises
    ------
    ValueError
        If a field is of another form.
    """

    id: str
    sources: str
    where: str
    content: Content
    title: str = ""
    correction: Content | None = None
    needs: Sequence[Relational] = ()
    cause: str = ""

    def __post_init__(self) -> None:
        """Check the form of every field."""
        check_id("id", self.id)
        for name in ("content", *(["correction"] if self.correction is not None else [])):
            if not isinstance(getattr(self, name), Content):
                raise ValueError(
                    f"{name}: expected Chain, Values or Listing, got {getattr(self, name)!r}"
                )
        needs = tuple_of("needs", self.needs, Relational, "relations built with evaluate=False")
        object.__setattr__(self, "needs", needs)
        if self.cause and self.cause not in CAUSES:
            raise ValueError(f"cause: expected one of {', '.join(CAUSES)}, got {self.cause!r}")

    def check(self) -> Examined:
        """Let the checker decide, and check that the rest fits the decision.

        Returns
        -------
        Examined

        Raises
        ------
        ErrataError
            If a relation is undecided; if what is printed fails and there is no title, no
            cause, or neither a correction nor a hypothesis; if a correction fails, or
            the hypotheses do not suffice; if what is printed holds and has a correction; or if
            the check could not fail.
        """
        with evaluate(True):
            return self._check()

    def _check(self) -> Examined:
        try:
            found = self.content.examine()
            right = self.correction or self.content
            settled = right.examine(self.needs) if found.failed else found
        except ErrataError as error:
            raise ErrataError(f"{self.id}: {error}") from None
        amended = bool(self.correction or self.needs or self.cause)
        if not found.failed and amended:
            raise ErrataError(f"{self.id}: holds as printed, but has a correction or a cause")
        if found.failed and not (self.title and self.cause and (self.correction or self.needs)):
            raise ErrataError(
                f"{self.id}: fails as printed, and has no title, no cause, or neither "
                f"correction nor hypothesis\n{found.text}"
            )
        if settled.failed:
            raise ErrataError(f"{self.id}: does not hold even when corrected\n{settled.text}")
        if not right.can_fail():
            raise ErrataError(
                f"{self.id}: no wrong variant was refuted, so the check proves nothing"
            )
        outcome = "holds" if not found.failed else "fails" if self.correction else "needs more"
        return Examined(self, outcome, found)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return self.check()._repr_mimebundle_()


@dataclass(frozen=True)
class Examined:
    """An item and what came of it.

    Attributes
    ----------
    printed : Printed
    outcome : str
        `holds`, `needs more` (a hypothesis left unsaid) or `fails`.
    findings : Findings
        On what is printed.
    """

    printed: Printed
    outcome: str
    findings: Findings

    def markdown(self) -> str:
        """Return what is printed, the witness, the correction and the cause in Markdown."""
        item = self.printed
        title = f"**{item.title or item.id}.**\n{item.where} ({item.sources})."
        if self.outcome == "holds":
            return f"{title}\n\n{item.content.settled()}"
        right = item.correction or item.content
        amended = "It should be:" if item.correction else "With what is left unsaid:"
        return "\n\n".join(
            [
                title,
                "As printed:",
                self.findings.markdown,
                amended,
                right.settled(item.needs),
                CAUSES[item.cause],
            ]
        )

    def __str__(self) -> str:
        lines = [f"{self.printed.id} ({self.printed.where}): {self.outcome}", self.findings.text]
        return "\n".join(filter(None, lines))

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return shown(self, "erratum")


class Source:
    """Everything that was taken down from one source, in the order in which it is printed.

    Parameters
    ----------
    name : str
        The source, in a few words.
    items : iterable of Printed

    Raises
    ------
    ValueError
        If two items have the same id.
    """

    def __init__(self, name: str, items: Iterable[Printed]) -> None:
        """Keep the items; nothing is decided here."""
        self.name = name
        self.items = tuple(items)
        twice = [
            name for name, count in Counter(item.id for item in self.items).items() if count > 1
        ]
        if twice:
            raise ValueError(f"items: expected each id once, got {', '.join(twice)} twice")

    def __getitem__(self, item_id: str) -> Printed:
        """Return the item with the id; KeyError names those there are."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(f"{item_id}: expected one of {', '.join(item.id for item in self.items)}")

    def __iter__(self) -> Iterator[Printed]:
        return iter(self.items)

    @cached_property
    def examined(self) -> tuple[Examined, ...]:
        """Every item, decided; says on a terminal how far it is, for this takes a while."""
        done = []
        for at, item in enumerate(self.items, 1):
            if sys.stderr.isatty():
                print(f"\r{self.name}: {at} of {len(self.items)}", end="", file=sys.stderr)
            done.append(item.check())
        if sys.stderr.isatty():
            print(file=sys.stderr)
        return tuple(done)

    def count(self, outcome: str) -> int:
        """Return how many items have the outcome."""
        return sum(found.outcome == outcome for found in self.examined)

    def table(self) -> list[tuple[str, str, str]]:
        """Return id, place and outcome of every item."""
        return [(f.printed.id, f.printed.where, f.outcome) for f in self.examined]

    def markdown(self) -> str:
        """Return how many items hold, and the list of those that do not, in Markdown."""
        listed = [f for f in self.examined if f.outcome != "holds"]
        relations = sum(found.findings.count for found in self.examined)
        words = (
            f"**{self.name}.** {len(self.items)} things that are printed, with {relations} "
            f"relations, values and outcomes in them, were run. As printed, "
            f"{self.count('holds')} hold. {self.count('needs more')} hold with a hypothesis that "
            f"is left unsaid. {self.count('fails')} do not hold as they stand; their corrections "
            f"do."
        )
        rows = [
            (f.printed.title, f.printed.where, f.printed.sources, f.printed.cause) for f in listed
        ]
        return f"{words}\n\n{markdown_table(('what', 'where', 'claim', 'looks like'), rows)}"

    def __str__(self) -> str:
        return "\n".join(map(str, self.examined))

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return shown(self, "errata")
