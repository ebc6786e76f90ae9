r"""Exercises: an equation with a hole, and a check that the reader's own cell calls.

    >>> from sympy import Derivative, Eq, evaluate
    >>> from gradproof.notation import a, j, softmax_definition, softmax_of, z
    >>> exercise = Exercise("diagonal", Derivative(a[j], z[j]), given=(softmax_definition,))
    >>> print(exercise.check(...))
    Not answered yet: put your expression in place of the three dots.
    >>> print(exercise.check(a[j] * (1 - a[j])))
    Right, proved for every n.
    >>> exercise.check(a[j]).status
    'refuted'

A solution in the book goes through the same check and must be proved:
`Exercise.solve` raises where `Exercise.check` only tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Rational

from sympy import Derivative, Eq, Expr, Float, evaluate, preorder_traversal, sympify
from sympy.core.basic import Basic
from sympy.core.relational import Relational
from sympy.tensor.indexed import IndexedBase

from gradproof.claim import check_id, tuple_of
from gradproof.display import display_math, point_to_latex, scope_in_words
from gradproof.latex import plain, tidied, to_latex
from gradproof.proving import Verdict, prove
from gradproof.written_out import rebuilt


class ExerciseError(AssertionError):
    """A solution of the book that is not proved."""


@dataclass(frozen=True)
class Answer:
    """What the check found.

    Attributes
    ----------
    status : str
        ``unanswered``, ``invalid``, ``proved``, ``refuted`` or ``undecided``.
    message : str
        What to tell the reader, for a terminal.
    markdown : str
        The same with formulas.
    verdict : Verdict or None
        The prover's, where it was asked.
    """

    status: str
    message: str
    markdown: str
    verdict: Verdict | None = None

    def __str__(self) -> str:
        return self.message

    def __bool__(self) -> bool:
        return self.status == "proved"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/markdown": self.markdown, "text/plain": self.message}


class Exercise:
    """An expression for which the reader finds another form.

    Parameters
    ----------
    id : str
        A name in lower case with hyphens.
    question : Expr
        The left side of the equation; the reader supplies the right side.
    given : sequence of Relational
        Hypotheses the answer may use.
    without : sequence of type
        Kinds of expression the answer may not contain. A question with a derivative
        always excludes `Derivative`, and no answer may contain the question itself.

    Raises
    ------
    ValueError
        If an argument is not of the expected form.
    """

    def __init__(
        self,
        id: str,
        question: Expr,
        given: Sequence[Relational] = (),
        without: Sequence[type[Basic]] = (),
    ) -> None:
        """Keep the question as typed; nothing is computed here."""
        check_id("id", id)
        if not isinstance(question, Expr):
            raise ValueError(f"question: expected a SymPy expression, got {question!r}")
        self.id = id
        self.question = question
        self.given = tuple_of("given", given, Relational, "relations built with evaluate=False")
        self.without = tuple_of("without", without, type, "kinds of expression such as Sum")
        if question.has(Derivative):
            self.without += (Derivative,)

    def check(self, answer: object) -> Answer:
        """Tell the reader whether the answer is right.

        Parameters
        ----------
        answer : Expr, int or Ellipsis
            The right side; ``...`` stands for no answer yet.

        Returns
        -------
        Answer
            Displays as a sentence, with the counterexample if the answer is wrong.
        """
        if answer is ...:
            words = "Not answered yet: put your expression in place of the three dots."
            return Answer("unanswered", words, words)
        with evaluate(True):
            problem = self._problem(answer)
            if problem:
                return Answer("invalid", problem, problem)
            try:
                verdict = prove(Eq(self.question, sympify(answer), evaluate=False), self.given)
            except ValueError as error:  # an index on the wrong axis, for example
                words = f"This cannot be checked: {error}."
                return Answer("invalid", words, words)
            return _report(verdict)

    def solve(self, answer: object) -> Answer:
        """Check a solution of the book, which must be right.

        Parameters
        ----------
        answer : Expr or int
            The right side.

        Returns
        -------
        Answer
            With status ``proved``.

        Raises
        ------
        ExerciseError
            If the answer is not proved.
        """
        found = self.check(answer)
        if not found:
            raise ExerciseError(f"{self.id}: {found.message}")
        return found

    def _problem(self, answer: object) -> str:
        """Say why the answer is no answer; empty if it is one."""
        if isinstance(answer, Relational):
            return "Give the right side only, without Eq and without a truth value."
        exact = isinstance(answer, Expr | Rational) and not isinstance(answer, bool | IndexedBase)
        if isinstance(answer, float) or (exact and sympify(answer).has(Float)):
            return "Use exact numbers: write Rational(1, 2) for 0.5."
        if not exact:
            kind = type(answer).__name__
            return f"Expected a SymPy expression such as a[i] - y[i], got the {kind} {answer!r}."
        answer = sympify(answer)
        for kind in self.without:
            if answer.has(kind):
                return f"The answer still contains a {kind.__name__}; find a form without it."
        question = _canonical(self.question)
        if any(part == question for part in preorder_traversal(_canonical(answer))):
            return "The answer repeats the question; find another form."
        known = {str(s): s for e in (self.question, *self.given) for s in e.free_symbols}
        for symbol in sorted(answer.free_symbols, key=str):
            if symbol != known.get(str(symbol), symbol):
                return f"Your {symbol} is another symbol: import {symbol} from gradproof.notation."
        return ""

    def __repr__(self) -> str:
        return f"Exercise({self.id!r})"

    def __str__(self) -> str:
        return f"{plain(self.question)} = ?"

    def markdown(self) -> str:
        """Return the question as a displayed equation in Markdown."""
        return display_math(f"{to_latex(self.question)} = \\;?")

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/markdown": self.markdown(), "text/plain": str(self)}


def _report(verdict: Verdict) -> Answer:
    question, answer = verdict.relation.args
    equation = f"${to_latex(question)} = {to_latex(tidied(answer))}$"
    if verdict:
        return Answer(
            "proved",
            f"Right, proved for {scope_in_words(verdict, math=False)}.",
            f"Right, proved for {scope_in_words(verdict, math=True)}: {equation}.",
            verdict,
        )
    if verdict.status == "refuted":
        point = verdict.counterexample
        return Answer(
            "refuted",
            f"Not yet: {point}.",
            f"Not yet: {point_to_latex(point)}.",
            verdict,
        )
    words = f"Undecided: neither a proof nor a counterexample was found ({verdict.reason})."
    return Answer("undecided", words, words, verdict)


def _canonical(expr: Basic) -> Basic:
    """Rebuild as SymPy would evaluate it, with one name for every summation index."""
    return rebuilt(expr).as_dummy()
