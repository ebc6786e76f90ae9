r"""Derivations that check themselves: each step proved on its own, the whole then displayed.

A chapter writes a chain of expressions with a reason for each step. Displaying it, or
calling `Derivation.check`, proves every step for every n, runs the numeric twin, and
tries plausible wrong results, each of which must be refuted. What is displayed is
printed from the very objects that were checked.

    >>> from sympy import evaluate
    >>> from gradproof.notation import a, j, l, n, softmax_definition, softmax_of, z
    >>> from sympy import Eq, Sum, exp
    >>> with evaluate(False):
    ...     total = Sum(exp(z[l]), (l, 1, n))
    ...     softmax = Eq(a[j], exp(z[j]) / total)
    ...     claim = Claim("softmax-sums-to-one", "Softmax sums to one", given=(softmax,))
    ...     proof = Derivation(
    ...         claim,
    ...         Sum(a[j], (j, 1, n)),
    ...         ("=", Sum(exp(z[j]) / total, (j, 1, n)), "the definition of $a_j$"),
    ...         ("=", Sum(exp(z[j]), (j, 1, n)) / total, "the denominator is free of $j$"),
    ...         ("=", 1, "numerator and denominator are the same sum"),
    ...     )
    >>> print(proof.check().verdict_line())
    Proved for every n, given a[j] = exp(z[j])/Sum(exp(z[l]), (l, 1, n)).

Nothing is computed before the check, so the chain may be built inside
``with evaluate(False)``, which keeps it as typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from sympy import Eq, Expr, Ge, Gt, Le, Lt, SympifyError, evaluate, sympify
from sympy.core.relational import Relational

from gradproof.claim import RECORD_MIME, Claim, claim_record
from gradproof.display import (
    Step,
    aligned,
    away_from_kinks,
    display_math,
    listing,
    markdown_table,
    plain_chain,
    point_to_latex,
    scope_in_words,
    shown,
    to_html,
)
from gradproof.latex import NEGATED, RELATIONS, plain, tidied, to_latex
from gradproof.mutants import mutants, relation_mutants
from gradproof.notation import DEFINITIONS
from gradproof.numeric_twin import NumericResult, NumericTwin
from gradproof.proving import NO_POINT, Verdict, prove, second_opinion
from gradproof.shapes import Shapes

__all__ = ["Claim", "Definition", "Derivation", "DerivationError", "confirm", "refute"]

#: The relation that each sign of a step stands for.
RELATED: dict[str, type[Relational]] = {"=": Eq, "<=": Le, ">=": Ge, "<": Lt, ">": Gt}


class DerivationError(ValueError):
    """A derivation, or a refutation, that does not hold up; the message says where."""


@dataclass(frozen=True)
class Trial:
    """A wrong variant of a result and what the prover said about it."""

    name: str
    relation: Relational
    verdict: Verdict


class Derivation:
    """A chain of relations with a reason for each step.

    Parameters
    ----------
    claim : Claim
        What the chain establishes and under which hypotheses.
    first : Expr
        The expression the chain starts from.
    *steps : (relation, expr, because)
        ``=``, ``<=``, ``<``, ``>=`` or ``>``; the next expression; the reason in words, with
        formulas between dollar signs.
    twin : NumericTwin, optional
        The NumPy function that computes the result.

    Raises
    ------
    ValueError
        If there is no step, a relation is unknown, a reason is missing, or the chain mixes
        ``<=`` with ``>=``, from which nothing follows.
    """

    def __init__(
        self, claim: Claim, first: Expr, *steps: Sequence, twin: NumericTwin | None = None
    ) -> None:
        """Keep the chain as typed; nothing is computed here."""
        if not steps:
            raise ValueError(f"steps: {claim.id} has none")
        self.claim = claim
        self.first = _read_expression("first", first)
        self.steps = tuple(_read_step(number, step) for number, step in enumerate(steps, 1))
        self.twin = twin
        self.relation = _compose([step.relation for step in self.steps])
        self._checked: Checked | None = None

    @property
    def statement(self) -> Relational:
        """The relation between the first and the last expression."""
        return _relate(self.first, self.relation, self.steps[-1].expr)

    def check(self) -> Checked:
        """Prove every step, run the numeric twin and try the wrong variants.

        Returns
        -------
        Checked
            Everything that was established; computed once. It displays as the derivation,
            so a chapter's cell may end with this call.

        Raises
        ------
        DerivationError
            If a step is refuted or undecided (the first such step is named, with both sides
            and the counterexample), a hypothesis is not needed, or a wrong variant is not
            refuted.
        NumericTwinError
            If the function of the twin disagrees with the result.
        """
        if self._checked is None:
            with evaluate(True):
                self._checked = self._check()
        return self._checked

    def _check(self) -> Checked:
        verdicts = self._check_steps()
        used = tuple(h for h in self.claim.given if any(h in verdict.used for verdict in verdicts))
        for hypothesis in self.claim.given:
            if hypothesis not in used:
                raise DerivationError(
                    f"{self.claim.id}: no step needs the hypothesis {plain(hypothesis)}"
                )
        scope = narrowest(verdict.scope for verdict in verdicts)
        verdict = Verdict("proved", self.statement, scope, used)
        confirmed = second_opinion(self.statement, self.claim.given)
        trials = self._try_variants()
        numeric = self.twin.check(self.statement, self.claim.given) if self.twin else None
        return Checked(self, verdict, tuple(verdicts), confirmed, trials, numeric)

    def _check_steps(self) -> list[Verdict]:
        verdicts, previous = [], self.first
        for number, step in enumerate(self.steps, 1):
            if plain(step.expr) == plain(previous):
                raise DerivationError(
                    f"{self.claim.id}, step {number} ({step.because}): nothing changes, "
                    f"so there is nothing to check: {plain(previous)}"
                )
            verdict = prove(_relate(previous, step.relation, step.expr), self.claim.given)
            if not verdict:
                raise DerivationError(_failure(self.claim, number, step, previous, verdict))
            verdicts.append(verdict)
            previous = step.expr
        return verdicts

    def _try_variants(self) -> tuple[Trial, ...]:
        if self.relation == "=":
            last = self.steps[-1].expr
            wrong = [(m.name, _relate(self.first, "=", m.expr)) for m in mutants(last)]
        else:
            wrong = [(m.name, m.expr) for m in relation_mutants(self.statement)]
        trials = tuple(Trial(*variant, prove(variant[1], self.claim.given)) for variant in wrong)
        # A variant that divides by zero everywhere says nothing that could be wrong.
        trials = tuple(trial for trial in trials if trial.verdict.reason != NO_POINT)
        survivors = [trial for trial in trials if trial.verdict.status == "undecided"]
        if survivors:
            listed = "; ".join(f"{trial.name}, {plain(trial.relation)}" for trial in survivors)
            raise DerivationError(f"{self.claim.id}: wrong variants not refuted: {listed}")
        if not any(trial.verdict.status == "refuted" for trial in trials):
            raise DerivationError(f"{self.claim.id}: no wrong variant of the result was refuted")
        return trials

    def __repr__(self) -> str:
        return f"Derivation({self.claim.id!r}, {len(self.steps)} steps)"

    def __str__(self) -> str:
        return plain_chain(self.first, self.steps)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return self.check()._repr_mimebundle_()


@dataclass(frozen=True)
class Checked:
    """A derivation all of whose checks have passed.

    Attributes
    ----------
    derivation : Derivation
    verdict : Verdict
        On the statement as a whole, composed of those on the steps.
    verdicts : tuple of Verdict
        One for each step.
    confirmed : int
        At how many exact points, at sizes 1 to 4, the statement was confirmed with every sum
        written out, by code that shares nothing with the prover.
    trials : tuple of Trial
        The wrong variants of the result; each is refuted, or proved and so equivalent.
    numeric : NumericResult or None
    """

    derivation: Derivation
    verdict: Verdict
    verdicts: tuple[Verdict, ...]
    confirmed: int
    trials: tuple[Trial, ...]
    numeric: NumericResult | None

    def count(self, status: str) -> int:
        """Return how many wrong variants got the status."""
        return sum(trial.verdict.status == status for trial in self.trials)

    def record(self) -> dict:
        """Return the claim's row of the ledger, in plain JSON types.

        Returns
        -------
        dict
            The fields of `gradproof.ledger.FIELDS`, without the chapter.
        """
        claim = self.derivation.claim
        return claim_record(
            claim,
            statement=to_latex(self.derivation.statement),
            symbolic={
                "status": self.verdict.status,
                "scope": self.verdict.scope + away_from_kinks(self.verdict),
            },
            numeric=self.numeric,
            mutants=tuple(map(self.count, ("refuted", "proved", "undecided"))),
        )

    def verdict_line(self, math: bool = False) -> str:
        """Say in one sentence what was proved, under which hypotheses.

        Parameters
        ----------
        math : bool
            Whether formulas are set in LaTeX.

        Returns
        -------
        str
            A sentence with its full stop.
        """
        show = (lambda relation: f"${to_latex(relation)}$") if math else plain
        given = [show(hypothesis) for hypothesis in self.verdict.used]
        rests_on = [f"`{claim_id}`" for claim_id in self.derivation.claim.rests_on]
        words = f"Proved for {scope_in_words(self.verdict, math)}"
        words += f", given {listing(given)}" if given else ""
        return words + (f", resting on {listing(rests_on)}" if rests_on else "") + "."

    def table(self, math: bool) -> list[tuple[str, str]]:
        """Return the rows of the verdict table.

        Parameters
        ----------
        math : bool
            Whether formulas are set in LaTeX.

        Returns
        -------
        list of (str, str)
            What was checked, and the outcome.
        """
        count = len(self.verdicts)
        steps = "1 step" if count == 1 else f"{count} steps, each on its own"
        rows = [("symbolic proof", f"{steps}, for {scope_in_words(self.verdict, math)}")]
        points = "1 point" if self.confirmed == 1 else f"{self.confirmed} points"
        where = "" if self.verdict.scope == "every value" else ", every sum written out"
        rows.append(("exact evaluation", f"holds at {points}{where}"))
        if self.numeric:
            rows.append(("numeric twin", str(self.numeric)))
        equivalent = self.count("proved")
        outcome = f"{self.count('refuted')} refuted"
        same = ", ".join(t.name for t in self.trials if t.verdict.status == "proved")
        outcome += f", {equivalent} equivalent ({same})" if equivalent else ""
        refuted = [trial for trial in self.trials if trial.verdict.status == "refuted"]
        subtle = [trial for trial in refuted if trial.name != "flipped sign"] or refuted
        example = self._example(subtle[0], math)
        rows.append(("wrong variants", f"{outcome}; for example {example}"))
        return rows

    def _example(self, trial: Trial, math: bool) -> str:
        """Name a wrong variant, print its right side and the point that refutes it."""
        sign, right = trial.relation.rel_op, tidied(trial.relation.rhs)
        if math:
            sign = "" if sign == "==" else f"{RELATIONS[sign]} "
            point = point_to_latex(trial.verdict.counterexample)
            return f"{trial.name}, ${sign}{to_latex(right)}$: {point}"
        sign = "" if sign == "==" else f"{sign} "
        return f"{trial.name}, {sign}{plain(right)}: {trial.verdict.counterexample}"

    def markdown(self) -> str:
        """Return the derivation, its verdict line and its verdict table in Markdown."""
        derivation = self.derivation
        display = display_math(aligned(derivation.first, derivation.steps), derivation.claim.id)
        table = markdown_table(("check", "outcome"), self.table(math=True))
        parts = [f"**{derivation.claim.title}.**", display, self.verdict_line(math=True), table]
        return "\n\n".join(parts)

    def latex(self) -> str:
        """Return the chain as one ``aligned`` block, for a LaTeX document."""
        return aligned(self.derivation.first, self.derivation.steps)

    def html(self) -> str:
        r"""Return the derivation, its verdict line and its table in HTML.

        Formulas stand between ``\(`` and ``\)`` or ``\[`` and ``\]``, as KaTeX and MathJax
        read them.
        """
        claim = self.derivation.claim
        rows = "\n".join(
            f"<tr><th scope='row'>{to_html(check)}</th><td>{to_html(outcome)}</td></tr>"
            for check, outcome in self.table(math=True)
        )
        return (
            f"<section id='{claim.id}'>\n<p><strong>{to_html(claim.title)}.</strong></p>\n"
            f"<div>\\[{escape(self.latex(), quote=False)}\\]</div>\n"
            f"<p>{to_html(self.verdict_line(math=True))}</p>\n"
            f"<table>\n{rows}\n</table>\n</section>"
        )

    def __str__(self) -> str:
        lines = [f"{self.derivation.claim.title}.", "", str(self.derivation), ""]
        rows = [f"{check}: {outcome}" for check, outcome in self.table(math=False)]
        return "\n".join([*lines, self.verdict_line(), *rows])

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        with evaluate(True):
            return {
                "text/markdown": self.markdown(),
                "text/plain": str(self),
                RECORD_MIME: self.record(),
            }


# --- Steps ---------------------------------------------------------------------------


def _read_step(number: int, step: Sequence) -> Step:
    try:
        relation, expr, because = step
    except (TypeError, ValueError):
        raise ValueError(
            f"step {number}: expected (relation, expression, because), got {step!r}"
        ) from None
    if relation not in RELATED:
        known = ", ".join(RELATED)
        raise ValueError(f"step {number}: relation expected one of {known}, got {relation!r}")
    if not isinstance(because, str) or not because.strip():
        raise ValueError(f"step {number}: expected a reason in words, got {because!r}")
    expr = _read_expression(f"step {number}", expr)
    return Step(relation, expr, because.strip().removesuffix("."))


def _read_expression(argument: str, expr) -> Expr:
    try:
        read = sympify(expr, strict=True)  # without `strict` a string would be parsed
    except SympifyError:
        read = None
    if not isinstance(read, Expr):
        raise ValueError(f"{argument}: expected a SymPy expression, got {expr!r}")
    return read


def _relate(left: Expr, relation: str, right: Expr) -> Relational:
    return RELATED[relation](left, right, evaluate=False)


def _compose(relations: Sequence[str]) -> str:
    """Return the relation that a chain establishes between its two ends."""
    directions = {relation[0] for relation in relations} - {"="}
    if len(directions) > 1:
        raise ValueError(f"steps: nothing follows from a chain that mixes {', '.join(relations)}")
    if not directions:
        return "="
    (direction,) = directions
    return direction if direction in relations else direction + "="


def _failure(claim: Claim, number: int, step: Step, previous: Expr, verdict: Verdict) -> str:
    outcome = (
        f"refuted: {verdict.counterexample}"
        if verdict.counterexample
        else f"undecided: {verdict.reason}"
    )
    return (
        f"{claim.id}, step {number} ({step.because.replace('$', '')})\n"
        f"    {plain(previous)}\n"
        f"    {step.relation} {plain(step.expr)}\n"
        f"is {outcome}"
    )


def narrowest(scopes: Iterable[str]) -> str:
    """Return the scope in which all of several verdicts hold.

    Parameters
    ----------
    scopes : iterable of str
        As in `gradproof.proving.Verdict`.

    Returns
    -------
    str
        Fixed sizes if any verdict has them; else every size named, with its largest
        lower bound.

    Examples
    --------
    >>> narrowest(["every n", "every m, n >= 2", "every value"])
    'every m, n >= 2'
    >>> narrowest(["every n", "n = 3"])
    'n = 3'
    """
    fixed, least = set(), {}
    for scope in scopes:
        if scope.startswith("n = "):
            fixed.update(int(size) for size in scope.removeprefix("n = ").split(", "))
        elif scope != "every value":
            for part in scope.removeprefix("every ").split(", "):
                name, _, bound = part.partition(" >= ")
                least[name] = max(least.get(name, 1), int(bound or 1))
    if fixed:
        return "n = " + ", ".join(map(str, sorted(fixed)))
    parts = [f"{name} >= {low}" if low > 1 else name for name, low in sorted(least.items())]
    return "every " + (", ".join(parts) or "value")


# --- Slips and definitions -------------------------------------------------------------


@dataclass(frozen=True)
class Confirmed:
    """A relation that was proved, shown with its verdict; see `confirm`."""

    verdict: Verdict

    def markdown(self) -> str:
        """Return the relation and its verdict in Markdown."""
        words = f"Proved for {scope_in_words(self.verdict, math=True)}"
        if self.verdict.used:
            words += f", given {listing([f'${to_latex(h)}$' for h in self.verdict.used])}"
        return f"{display_math(to_latex(self.verdict.relation))}\n\n{words}."

    def __str__(self) -> str:
        return f"{plain(self.verdict.relation)} is {self.verdict}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return shown(self, "confirmed")


def confirm(relation: Relational, given: Sequence[Relational] = ()) -> Confirmed:
    """Prove a relation and display it with the verdict, without making it a claim.

    Parameters
    ----------
    relation : Relational
        Built with ``evaluate=False``.
    given : sequence of Relational
        Its hypotheses.

    Returns
    -------
    Confirmed

    Raises
    ------
    DerivationError
        If the relation is not proved.

    Examples
    --------
    >>> from sympy import Eq, Sum, exp
    >>> from gradproof.notation import d, l, n, z
    >>> left, right = Sum(exp(z[l] + d), (l, 1, n)), exp(d) * Sum(exp(z[l]), (l, 1, n))
    >>> print(confirm(Eq(left, right, evaluate=False)).verdict)
    proved for every n
    """
    verdict = prove(relation, given)
    if not verdict:
        raise DerivationError(f"relation: expected a true one, but {plain(relation)} is {verdict}")
    return Confirmed(verdict)


@dataclass(frozen=True)
class Refuted:
    """A relation that does not hold, with the point that shows it; see `refute`."""

    verdict: Verdict
    title: str = ""

    def markdown(self) -> str:
        """Return the relation with its sign negated, and the counterexample, in Markdown."""
        relation = self.verdict.relation
        sign = NEGATED[RELATIONS[relation.rel_op]]
        formula = f"{to_latex(tidied(relation.lhs))} {sign} {to_latex(tidied(relation.rhs))}"
        title = f"**{self.title}.**\n\n" if self.title else ""
        point = point_to_latex(self.verdict.counterexample)
        return f"{title}{display_math(formula)}\n\nRefuted: {point}."

    def __str__(self) -> str:
        title = f"{self.title}: " if self.title else ""
        relation = plain(self.verdict.relation)
        return f"{title}{relation} is refuted: {self.verdict.counterexample}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return shown(self, "refuted")


def refute(relation: Relational, given: Sequence[Relational] = (), title: str = "") -> Refuted:
    """Show that a plausible relation is wrong, with a counterexample.

    Parameters
    ----------
    relation : Relational
        The slip, built with ``evaluate=False``.
    given : sequence of Relational
        The hypotheses under which it is still wrong.
    title : str
        Words above the display, without a full stop.

    Returns
    -------
    Refuted
        Displays the relation negated, and the point.

    Raises
    ------
    DerivationError
        If the relation is proved, or the prover cannot decide it.

    Examples
    --------
    >>> from sympy import Eq, Sum
    >>> from gradproof.notation import l, n, u, v
    >>> product = Sum(u[l], (l, 1, n)) * Sum(v[l], (l, 1, n))
    >>> wrong = Eq(product, Sum(u[l] * v[l], (l, 1, n)), evaluate=False)
    >>> refute(wrong).verdict.status
    'refuted'
    """
    verdict = prove(relation, given)
    if verdict.status != "refuted":
        words = verdict.reason or f"proved for {verdict.scope}"
        raise DerivationError(
            f"relation: expected a wrong one, but {plain(relation)} is {verdict.status} ({words})"
        )
    return Refuted(verdict, title)


@dataclass(frozen=True)
class Definition:
    r"""A definition or agreement of `gradproof.notation`, displayed with its index ranges.

    Only these may be displayed without a proof: a formula of a chapter's own cannot be.

    Parameters
    ----------
    equation : Eq
        One of `gradproof.notation.DEFINITIONS`.
    label : str
        The label of the displayed equation; none if empty.

    Raises
    ------
    ValueError
        If ``equation`` is none of them.

    Examples
    --------
    >>> from gradproof.notation import softmax_definition
    >>> print(Definition(softmax_definition).markdown())
    $$
    a_{j} = \frac{e^{z_{j}}}{\sum_{l=1}^{n} e^{z_{l}}}, \qquad j = 1, \dots, n.
    $$
    """

    equation: Eq
    label: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not a definition."""
        if self.equation not in DEFINITIONS:
            raise ValueError(
                "equation: expected one of gradproof.notation.DEFINITIONS (what is displayed is "
                f"checked, or is defined there), got {self.equation}"
            )

    def markdown(self) -> str:
        """Return the displayed equation in Markdown."""
        free = getattr(self.equation.lhs, "indices", ())
        ranges = Shapes([self.equation]).ranges
        places = [
            rf"{to_latex(index)} = 1, \dots, {to_latex(ranges[index])}"
            for index in free
            if index in ranges
        ]
        formula = r", \qquad ".join([to_latex(self.equation), *places])
        return display_math(f"{formula}.", self.label)

    def __str__(self) -> str:
        return plain(self.equation)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return shown(self, "definition")
