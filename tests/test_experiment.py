"""An experiment accepts what was computed and nothing else."""

import math
from fractions import Fraction

import numpy as np
import pytest
from sympy import Rational, exp

from gradproof.claim import RECORD_MIME, Claim
from gradproof.experiment import Experiment, ExperimentError, Row
from gradproof.notation import t, targets_sum_to_one

CLAIM = Claim("worked-number", "A worked number", sources=("S0-07",))
nan, inf = math.nan, math.inf


def experiment(*row, **fields):
    return Experiment(CLAIM, [Row("the value", *row, **fields)])


ACCEPTED = [
    (0.5, 0.5),
    (1.0, 1),
    (nan, nan),
    (inf, inf),
    (True, True),
    ("float32", "float32"),
    ((2, 3), (2, 3)),
    (Rational(1, 3), Rational(1, 3)),
    (Fraction(1, 3), Fraction(1, 3)),
    ([Fraction(1, 3), Fraction(2, 3)], [Fraction(1, 3), Fraction(2, 3)]),
    (exp(t), exp(t)),
    (np.array([nan, 0.0]), [nan, 0.0]),
    (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    (np.float32(0.1), np.float32(0.1)),
    (np.array([0.1], np.float32), np.array([0.1], np.float32)),
    (1j, 1j),
    (-0.0, 0.0),
    (np.array([]), np.array([])),
    (2**80, 2**80),
    (lambda: math.exp(1000), OverflowError),
    (lambda: np.exp(np.float64(1000)), RuntimeWarning),
]

REJECTED = [
    (0.5, 0.25),
    (0.1 + 0.2, 0.3),
    (nan, 0.0),
    (0.0, nan),
    (inf, -inf),
    (inf, nan),
    (True, 1),
    (1, True),
    ("float32", "float64"),
    ("1", 1),
    (1, "1"),
    ((2, 3), (3, 2)),
    ((2, 3), (2, 3, 1)),
    (Rational(1, 3), Rational(1, 2)),
    (exp(t), exp(2 * t)),
    (0.5, [0.5]),
    ([0.5, 0.5], 0.5),
    ([1, 2], [1, [2]]),
    (np.array([nan, 0.0]), [0.0, nan]),
    (np.float64(0.5), np.float32(0.5)),
    (0.5, np.float32(0.5)),
    (np.array([0.5], np.float32), np.array([0.5])),
    (2**80, 2**80 + 1),
    (2**60, 2**60 + 1),
    (lambda: 0.0, OverflowError),
    (lambda: math.exp(1000), RuntimeWarning),
    (0.0, OverflowError),
]


@pytest.mark.parametrize(("computed", "expected"), ACCEPTED)
def test_equal_values_are_accepted_and_wrong_expectations_rejected(computed, expected):
    checked = experiment(computed, expected).check()
    assert checked.rejected > 0


@pytest.mark.parametrize(("computed", "expected"), REJECTED)
def test_other_values_are_rejected(computed, expected):
    with pytest.raises(ExperimentError, match="row 'the value': computed"):
        experiment(computed, expected).check()


def test_tolerance_is_an_absolute_bound():
    experiment(0.731, 0.7310586, 1e-3).check()
    experiment(np.array([3], np.uint8), np.array([5], np.uint8), 2).check()
    for row in [(0.73, 0.7310586, 1e-3), (np.uint8(3), np.uint8(5), 1), (1e308, inf, 1e-3)]:
        with pytest.raises(ExperimentError):
            experiment(*row).check()


def test_the_sign_of_zero_counts_only_when_asked():
    experiment(-0.0, 0.0).check()
    experiment(-0.0, -0.0, signed_zero=True).check()
    with pytest.raises(ExperimentError):
        experiment(-0.0, 0.0, signed_zero=True).check()


def test_an_error_names_the_row_and_both_values():
    rows = [("right", 1, 1), ("wrong", 2, 3)]
    with pytest.raises(ExperimentError, match="worked-number, row 'wrong': computed 2, expected 3"):
        Experiment(CLAIM, rows).check()


def test_a_comparison_that_accepts_anything_is_found_out():
    class Anything:
        def __eq__(self, other):
            return True

    with pytest.raises(ExperimentError, match="the check would accept"):
        experiment(Anything(), None).check()


def test_displaying_checks():
    with pytest.raises(ExperimentError):
        experiment(1, 2)._repr_mimebundle_()


def test_display_is_a_table_and_deterministic():
    rows = [("sum", 0.1 + 0.2, 0.3, 1e-12), ("dtype $x$", np.float32(0.1), np.float32(0.1))]
    bundle = Experiment(CLAIM, rows)._repr_mimebundle_()
    assert bundle == Experiment(CLAIM, rows)._repr_mimebundle_()
    assert bundle["text/markdown"].splitlines() == [
        "**A worked number.**",
        "",
        "| value | computed | expected |",
        "| :-- | :-- | :-- |",
        "| sum | `0.3` | `0.3 ± 1e-12` |",
        "| dtype $x$ | `0.1 float32` | `0.1 float32` |",
        "",
        "Executed: 2 rows as expected, 5 wrong expectations rejected.",
    ]


def test_record_says_executed_and_never_proved():
    record = Experiment(CLAIM, [("a", 1, 1), ("b", 0.5, 0.5, 1e-9)])._repr_mimebundle_()[
        RECORD_MIME
    ]
    assert record["symbolic"] is None
    assert record["numeric"] == {
        "method": "executed", "points": 2, "sizes": [], "max_error": 1e-9,
    }  # fmt: skip
    assert record["mutants"] == {"killed": 4, "equivalent": 0, "survived": 0}
    assert record["statement"] == r"\text{a} = \text{1},\; \text{b} = \text{0.5}"


@pytest.mark.parametrize(
    ("claim", "rows", "message"),
    [
        (CLAIM, [], "has none"),
        ("worked-number", [("a", 1, 1)], "claim: expected a Claim, got 'worked-number'"),
        (CLAIM, 3, "rows: expected a tuple, got the single value 3"),
        (CLAIM, [3], r"rows: expected \(label, computed, expected.*, got 3"),
        (CLAIM, [("a", 1)], r"rows: expected \(label, .*, got \('a', 1\)"),
        (CLAIM, ("a", 1, 1), r"rows: expected \(label, .*, got 'a'"),
        (CLAIM, [(1, 1, 1)], r"rows: expected \(label, .*, got \(1, 1, 1\)"),
        (CLAIM, [("a", 1, 1, "2")], "rows: expected a tolerance >= 0, got '2' in 'a'"),
        (CLAIM, [("a", 1, 1, -1.0)], "rows: expected a tolerance >= 0, got -1.0 in 'a'"),
        (Claim("given", "Given", (targets_sum_to_one,)), [("a", 1, 1)], "without hypotheses"),
    ],
)
def test_a_malformed_experiment_is_refused(claim, rows, message):
    with pytest.raises(ValueError, match=message):
        Experiment(claim, rows)
