"""The reader's cell tells right from wrong, and a solution must be proved."""

from fractions import Fraction

import numpy as np
import pytest
from sympy import Derivative, Eq, Float, KroneckerDelta, Rational, Sum, Symbol, evaluate, exp

from gradproof.exercise import Exercise, ExerciseError
from gradproof.notation import a, i, inputs, j, k, l, n, softmax_definition, u, z
from gradproof.proving import Verdict

DIAGONAL = Exercise("diagonal", Derivative(a[j], z[j]), (softmax_definition,))
SUM = Exercise("sum-of-outputs", Sum(a[j], (j, 1, n)), (softmax_definition,))


def test_the_placeholder_is_no_answer():
    assert DIAGONAL.check(...).status == "unanswered"
    assert "three dots" in str(DIAGONAL.check(...))


def test_a_right_answer_is_proved_for_every_n():
    answer = DIAGONAL.check(a[j] * (1 - a[j]))
    assert answer.status == "proved"
    assert answer
    assert str(answer) == "Right, proved for every n."
    assert r"\frac{\partial a_{j}}{\partial z_{j}} = " in answer.markdown


def test_any_right_form_is_right():
    with evaluate(False):
        typed = a[j] - a[j] ** 2
    assert DIAGONAL.check(typed)
    assert DIAGONAL.check(a[j] * Sum((1 - KroneckerDelta(j, k)) * a[k], (k, 1, n)))


def test_a_wrong_answer_comes_with_its_counterexample():
    answer = DIAGONAL.check(a[j])
    assert answer.status == "refuted"
    assert not answer
    assert answer.verdict.counterexample is not None
    assert "left side" in str(answer)
    assert "$n = " in answer.markdown


def test_an_undecided_answer_is_called_undecided(monkeypatch):
    undecided = Verdict("undecided", Eq(a[j], z[j]), "every n", reason="budget spent")
    monkeypatch.setattr("gradproof.exercise.prove", lambda relation, given: undecided)
    answer = DIAGONAL.check(a[j])
    assert answer.status == "undecided"
    assert "budget spent" in str(answer)
    with pytest.raises(ExerciseError):
        DIAGONAL.solve(a[j])


def test_whole_numbers_and_fractions_are_answers():
    assert SUM.check(1)
    assert SUM.check(Fraction(1, 2)).status == "refuted"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("a[j] * (1 - a[j])", "got the str"),
        ([1, 2], "got the list"),
        (None, "got the NoneType"),
        (True, "got the bool"),
        (np.zeros(2), "got the ndarray"),
        (0.5, "Rational"),
        (Float(0.5) * a[j], "Rational"),
        (Eq(a[j], z[j]), "right side only"),
        (a, "got the IndexedBase"),
        (inputs[j], "cannot be checked"),
        (Symbol("z"), "another symbol: import z"),
    ],
    ids=str,
)
def test_what_is_no_answer_is_named(answer, message):
    found = DIAGONAL.check(answer)
    assert found.status == "invalid"
    assert message in str(found)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (DIAGONAL, Derivative(a[j], z[j])),
        (DIAGONAL, 2 * Derivative(a[j], z[j]) / 2),
        (DIAGONAL, Derivative(a[j] + 1, z[j])),
        (DIAGONAL, Derivative(exp(z[j]) / Sum(exp(z[l]), (l, 1, n)), z[j])),
        (SUM, Sum(a[j], (j, 1, n))),
        (SUM, Sum(a[k], (k, 1, n))),
        (SUM, 1 + Sum(a[i], (i, 1, n)) - 1),
    ],
    ids=str,
)
def test_repeating_the_question_is_no_answer(exercise, answer):
    assert exercise.check(answer).status == "invalid"


def test_an_unevaluated_repetition_is_no_answer():
    with evaluate(False):
        answer = Sum(a[k], (k, 1, n)) + 0
    assert "repeats the question" in str(SUM.check(answer))


def test_a_sum_is_a_fine_answer_to_a_derivative():
    total = Exercise("total", Derivative(Sum(u[j] * a[j], (j, 1, n)), a[i]))
    assert total.check(Sum(u[j] * KroneckerDelta(i, j), (j, 1, n)))


def test_more_may_be_excluded():
    product = Sum(u[j] * KroneckerDelta(i, j), (j, 1, n))
    exercise = Exercise("collapse", product, without=(KroneckerDelta,))
    assert "KroneckerDelta" in str(exercise.check(product + u[i] - u[i]))
    assert exercise.check(u[i])


def test_a_solution_must_be_proved():
    assert DIAGONAL.solve(a[j] * (1 - a[j])).status == "proved"
    for wrong in (a[j], ..., "a", Derivative(a[j], z[j])):
        with pytest.raises(ExerciseError, match="diagonal: "):
            DIAGONAL.solve(wrong)


def test_checking_inside_evaluate_false_is_the_same():
    with evaluate(False):
        assert DIAGONAL.check(a[j] * (1 - a[j]))
        assert DIAGONAL.check(Rational(1, 2)).status == "refuted"


def test_the_question_is_displayed():
    assert DIAGONAL.markdown() == "$$\n\\frac{\\partial a_{j}}{\\partial z_{j}} = \\;?\n$$"
    assert str(SUM) == "Sum(a[j], (j, 1, n)) = ?"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Not Kebab", a[j]), "id: expected"),
        ((None, a[j]), "id: expected words-with-hyphens, got None"),
        (("ok", Eq(a[j], z[j])), "question: expected"),
        (("ok", "a"), "question: expected"),
        (("ok", a[j], softmax_definition), "given: expected a tuple, got the single value Eq"),
        (("ok", a[j], "s"), "given: expected a tuple, got the single value 's'"),
        (("ok", a[j], (True,)), "given: expected relations built with evaluate=False, got True"),
        (("ok", a[j], (), Sum), "without: expected a tuple, got the single value .*Sum"),
        (("ok", a[j], (), (a[j],)), r"without: expected kinds of expression .*, got a\[j\]"),
    ],
)
def test_a_malformed_exercise_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Exercise(*arguments)
