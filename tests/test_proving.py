"""The prover on the identities of the book, and on what it must refuse."""

import pytest
import sympy
from sympy import (
    Derivative,
    Eq,
    Ge,
    Gt,
    Heaviside,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Min,
    Ne,
    Rational,
    Sum,
    Symbol,
    exp,
    log,
    tanh,
)

from gradproof.notation import (
    M,
    N,
    T,
    W,
    a,
    b,
    d,
    i,
    inputs,
    j,
    k,
    l,
    m,
    n,
    q,
    softmax_definition,
    softmax_of,
    targets_sum_to_one,
    u,
    v,
    x,
    y,
    z,
)
from gradproof.proving import prove, second_opinion
from gradproof.shapes import ShapeError


def rel(kind, left, right):
    return kind(left, right, evaluate=False)


def eq(left, right):
    return rel(Eq, left, right)


def s(index):
    return softmax_of(z, index)


def total(base, size=n):
    return Sum(base[l], (l, 1, size))


DELTA = KroneckerDelta(i, j)
COST = -Sum(y[j] * log(a[j]), (j, 1, n))
LSE = log(Sum(exp(z[l]), (l, 1, n)))
SIGMA = 1 / (1 + exp(-x))
HINGE = Sum((1 - KroneckerDelta(q, j)) * Max(0, z[j] - z[q] + 1), (j, 1, n))
Y = IndexedBase("Y", shape=(N, n), real=True)
Z = IndexedBase("Z", shape=(N, n), real=True)
P = IndexedBase("p", shape=(n,), positive=True)
Q = IndexedBase("q", shape=(n,), positive=True)
POSITIVE = Symbol("t", positive=True)
REAL = Symbol("t", real=True)
TANGENT = rel(Le, log(POSITIVE), POSITIVE - 1)
AFFINE = eq(z[j], Sum(W[j, k] * inputs[k], (k, 1, m)) + b[j])


def batch_softmax(example, index):
    return exp(Z[example, index]) / Sum(exp(Z[example, l]), (l, 1, n))


PROVED = {
    "softmax Jacobian": (eq(Derivative(s(j), z[i]), s(j) * (DELTA - s(i))), []),
    "Jacobian through a definition": (
        eq(Derivative(a[j], z[i]), a[j] * (DELTA - a[i])),
        [softmax_definition],
    ),
    "Lemma 1": (eq(Derivative(COST, a[i]), -y[i] / a[i]), []),
    "Lemma 2": (
        eq(Derivative(a[j], z[k]), a[j] * (1 - a[k])),
        [softmax_definition, Eq(j, k, evaluate=False)],
    ),
    "Lemma 3": (eq(Derivative(a[j], z[k]), -a[j] * a[k]), [softmax_definition, Ne(j, k)]),
    "Lemma 4": (
        eq(Derivative(COST, z[i]), a[i] - y[i]),
        [softmax_definition, targets_sum_to_one],
    ),
    "Lemma 4 without the sum of targets": (
        eq(Derivative(COST, z[i]), a[i] * total(y) - y[i]),
        [softmax_definition],
    ),
    "Lemma 4 by the chain rule": (
        eq(Sum(Derivative(COST, a[j]) * Derivative(a[j], z[i]), (j, 1, n)), a[i] - y[i]),
        [softmax_definition, targets_sum_to_one],
    ),
    "shift": (eq(exp(z[j] + d) / Sum(exp(z[l] + d), (l, 1, n)), s(j)), []),
    "sum to one": (eq(Sum(s(j), (j, 1, n)), 1), []),
    "temperature": (
        eq(
            Derivative(exp(z[j] / T) / Sum(exp(z[l] / T), (l, 1, n)), z[i]),
            exp(z[j] / T)
            / Sum(exp(z[l] / T), (l, 1, n))
            * (DELTA - exp(z[i] / T) / Sum(exp(z[l] / T), (l, 1, n)))
            / T,
        ),
        [],
    ),
    "Hessian of log-sum-exp": (
        eq(Derivative(Derivative(LSE, z[i]), z[j]), s(j) * (DELTA - s(i))),
        [],
    ),
    "quadratic form": (
        eq(
            Sum(a[i] * v[i] ** 2, (i, 1, n)) - Sum(a[i] * v[i], (i, 1, n)) ** 2,
            Sum(a[i] * a[j] * (v[i] - v[j]) ** 2, (i, 1, n), (j, 1, n)) / 2,
        ),
        [eq(total(a), 1)],
    ),
    "a sum without one index": (
        eq(Sum((1 - DELTA) * u[j], (j, 1, n)), total(u) - u[i]),
        [],
    ),
    "a sum from the second entry": (eq(Sum(u[j], (j, 2, n)), total(u) - u[1]), []),
    "a sum to the entry before the last": (
        eq(Sum(u[j], (j, 1, n - 1)), total(u) - u[n]),
        [],
    ),
    "a shifted sum": (eq(Sum(z[k + 1], (k, 0, n - 1)), total(z)), []),
    "an index that stands in a delta only": (
        eq(Sum(KroneckerDelta(q, l), (l, 1, n)), 1),
        [rel(Ge, q, 1), rel(Le, q, n)],
    ),
    "a derivative by what does not occur": (eq(Derivative(total(z) ** 2, u[q]), 0), []),
    "a product of sums is a double sum": (
        eq(total(u) * total(v), Sum(u[i] * v[j], (i, 1, n), (j, 1, n))),
        [],
    ),
    "an inner sum cancels its own reciprocal": (
        eq(Sum(batch_softmax(k, j), (k, 1, N), (j, 1, n)), N),
        [],
    ),
    "batch gradient": (
        eq(
            Derivative(-Sum(Y[k, j] * log(batch_softmax(k, j)), (k, 1, N), (j, 1, n)) / N, Z[q, i]),
            (batch_softmax(q, i) - Y[q, i]) / N,
        ),
        [eq(Sum(Y[q, l], (l, 1, n)), 1)],
    ),
    "gradient by a weight": (
        eq(Derivative(COST, W[i, k]), (a[i] - y[i]) * inputs[k]),
        [softmax_definition, AFFINE, targets_sum_to_one],
    ),
    "logistic derivative": (eq(Derivative(SIGMA, x), SIGMA * (1 - SIGMA)), []),
    "tanh by the logistic function": (eq(tanh(x), 2 / (1 + exp(-2 * x)) - 1), []),
    "softplus of both signs": (eq(log(1 + exp(x)) - log(1 + exp(-x)), x), []),
    "a fraction inside a sum": (
        eq(Sum(1 / (1 + exp(z[j])), (j, 1, n)) + Sum(1 / (1 + exp(-z[j])), (j, 1, n)), n),
        [],
    ),
    "square root of a positive square": (eq(sympy.sqrt(exp(2 * x)), exp(x)), []),
    "softmax is positive": (rel(Gt, s(j), 0), []),
    "softmax is at most one": (rel(Le, s(j), 1), []),
    "softmax is below one": (rel(Lt, s(j), 1), [rel(Ge, n, 2)]),
    "cost is not negative": (rel(Ge, COST, 0), [softmax_definition, rel(Ge, y[l], 0)]),
    "cost of probabilities is not negative": (
        rel(Ge, COST, 0),
        [rel(Le, a[l], 1), rel(Ge, y[l], 0)],
    ),
    "quadratic form is not negative": (
        rel(Ge, Sum(s(i) * s(j) * (v[i] - v[j]) ** 2, (i, 1, n), (j, 1, n)) / 2, 0),
        [],
    ),
    "log-sum-exp is above each logit": (rel(Ge, LSE, z[k]), []),
    "log-sum-exp is strictly above": (rel(Gt, LSE, z[k]), [rel(Ge, n, 2)]),
    "log-sum-exp is below max plus log n": (rel(Le, LSE, M + log(n)), [rel(Ge, M, z[l])]),
    "shifted sum is at most n": (
        rel(Le, Sum(exp(z[l] - M), (l, 1, n)), n),
        [rel(Ge, M, z[l])],
    ),
    "shifted sum is at least one": (rel(Ge, Sum(exp(z[l] - z[k]), (l, 1, n)), 1), []),
    "Gibbs termwise": (
        rel(
            Le,
            Sum(P[j] * log(Q[j] / P[j]), (j, 1, n)),
            Sum(P[j] * (Q[j] / P[j] - 1), (j, 1, n)),
        ),
        [TANGENT],
    ),
    "Gibbs": (
        rel(Le, Sum(P[j] * log(Q[j] / P[j]), (j, 1, n)), 0),
        [TANGENT, eq(total(P), 1), eq(total(Q), 1)],
    ),
    "a sum of squares over pairs of different indices": (
        rel(
            Ge,
            Sum(Sum((1 - DELTA) * s(i) * s(j) * (v[i] + v[j]) ** 2, (i, 1, n)), (j, 1, n)),
            0,
        ),
        [],
    ),
    "positive part": (eq(Max(0, x) - Max(0, -x), x), []),
    "maximum and minimum": (eq(Max(x, REAL) + Min(x, REAL), x + REAL), []),
    "maximum of a positive multiple": (eq(Max(0, T * x), T * Max(0, x)), []),
    "slope of a maximum": (eq(Derivative(Max(0, x), x), Heaviside(x)), []),
    "a step is its own square": (eq(Heaviside(x) ** 2, Heaviside(x)), []),
    "a step, mirrored": (eq(Heaviside(-x), 1 - Heaviside(x)), []),
    "the maximum over pairs is symmetric": (
        eq(
            Sum(Sum(Max(0, z[i] - z[j]), (i, 1, n)), (j, 1, n)),
            Sum(Sum(Max(0, z[j] - z[i]), (i, 1, n)), (j, 1, n)),
        ),
        [],
    ),
    "hinge by another score": (
        eq(Derivative(HINGE, z[i]), Heaviside(z[i] - z[q] + 1)),
        [Ne(i, q)],
    ),
    "hinge by the right score": (
        eq(
            Derivative(HINGE, z[q]),
            -Sum((1 - KroneckerDelta(q, j)) * Heaviside(z[j] - z[q] + 1), (j, 1, n)),
        ),
        [],
    ),
    "hinge with the right class is one more": (
        eq(Sum(Max(0, z[j] - z[q] + 1), (j, 1, n)), HINGE + 1),
        [],
    ),
    "hinge is not negative": (rel(Ge, HINGE, 0), []),
    "logistic range": (rel(Lt, SIGMA, 1), []),
    "tanh range": (rel(Gt, tanh(x), -1), []),
    "softplus above identity": (rel(Ge, log(1 + exp(x)), x), []),
    "a square": (rel(Ge, (Rational(1, 2) - SIGMA) ** 2, 0), []),
}


@pytest.mark.parametrize("name", PROVED)
def test_true_relations_are_proved_with_every_hypothesis_needed(name):
    relation, given = PROVED[name]
    verdict = prove(relation, given)
    assert verdict.status == "proved", f"{name}: {verdict}"
    assert list(verdict.used) == list(given)
    assert verdict.counterexample is None


REFUTED = {
    "hinge gradient that counts the right class": (
        eq(Derivative(HINGE, z[q]), -Sum(Heaviside(z[j] - z[q] + 1), (j, 1, n))),
        [],
    ),
    "hinge by every score": (eq(Derivative(HINGE, z[i]), Heaviside(z[i] - z[q] + 1)), []),
    "maximum of a multiple of unknown sign": (eq(Max(0, d * x), d * Max(0, x)), []),
    "maximum as the second": (eq(Max(x, REAL), REAL), []),
    "a step is no constant": (eq(Heaviside(x), 1), []),
    "slope of a maximum, reversed": (eq(Derivative(Max(0, x), x), Heaviside(-x)), []),
    "a maximum may be zero": (rel(Gt, Max(0, x), 0), []),
    "a minimum may be negative": (rel(Ge, Min(0, x), 0), []),
    "a delta less one leaves no positive factor": (
        rel(Ge, Sum((DELTA - 1) * s(j), (j, 1, n)), 0),
        [],
    ),
    "signed sum over pairs of different indices": (
        rel(Ge, Sum(Sum((1 - DELTA) * s(i) * s(j) * (v[i] + v[j]), (i, 1, n)), (j, 1, n)), 0),
        [],
    ),
    "transposed inner index": (eq(Derivative(s(j), z[i]), s(j) * (DELTA - s(j))), []),
    "no delta": (eq(Derivative(s(j), z[i]), s(j) * (1 - s(i))), []),
    "Lemma 4 with targets that do not sum to one": (
        eq(Derivative(COST, z[i]), a[i] - y[i]),
        [softmax_definition],
    ),
    "Lemma 3 without k != j": (
        eq(Derivative(a[j], z[k]), -a[j] * a[k]),
        [softmax_definition],
    ),
    "delta outside the range of its sum": (
        eq(Sum(KroneckerDelta(i, k) * u[k], (k, 2, n)), u[i]),
        [],
    ),
    "delta with an index that is bound to no axis": (
        eq(Sum(KroneckerDelta(i, k), (k, 1, n)), 1),
        [],
    ),
    "product of sums against sum of products": (
        eq(total(u) * total(v), Sum(u[l] * v[l], (l, 1, n))),
        [],
    ),
    "captured dummy": (
        eq(Sum(u[i] * total(v), (i, 1, n)), Sum(u[l] * v[l], (l, 1, n)) * n),
        [],
    ),
    "true up to n = 6": (
        eq(sympy.prod([n - c for c in range(1, 7)]) * total(u), 0),
        [],
    ),
    "true at n = 1 only": (eq(total(u) ** 2, Sum(u[l] ** 2, (l, 1, n))), []),
    "a perturbation of 1e-13": (eq(u[i] * (1 + Rational(1, 10**13)), u[i]), []),
    "other size": (
        eq(Sum(Sum(u[i] * inputs[k], (k, 1, m)), (i, 1, n)), total(u) * total(inputs, m) * n / m),
        [],
    ),
    "square root of a square": (eq(sympy.sqrt(x**2), x), []),
    "softmax below one at n = 1": (rel(Lt, s(j), 1), []),
    "true at equal logits only": (
        eq(Derivative(s(j), z[j]), (1 - s(j)) / n),
        [],
    ),
    "true for one-hot targets only": (
        eq(Sum(y[j] ** 2, (j, 1, n)), 1),
        [targets_sum_to_one, rel(Ge, y[l], 0)],
    ),
    "quotient rule without the square": (
        eq(Derivative(s(j), z[i]), exp(z[j]) * (DELTA - s(i))),
        [],
    ),
    "shift invariance of log-sum-exp": (
        eq(log(Sum(exp(z[l] + d), (l, 1, n))), LSE),
        [],
    ),
    "lower bound too high": (rel(Ge, LSE, z[k] + log(n)), []),
}


@pytest.mark.parametrize("name", REFUTED)
def test_false_relations_are_refuted_with_a_counterexample_that_can_be_retyped(name):
    relation, given = REFUTED[name]
    verdict = prove(relation, given)
    assert verdict.status == "refuted", f"{name}: {verdict}"
    assert not verdict
    assert verdict.counterexample.lhs != verdict.counterexample.rhs or isinstance(relation, Lt | Gt)
    assert "left side" in str(verdict)


def test_contradictory_hypotheses_prove_nothing():
    verdict = prove(eq(u[i], v[i]), [eq(total(u), 1), eq(total(u), 2)])
    assert verdict.status == "undecided"
    assert "satisfies every hypothesis" in verdict.reason


def test_contradictory_facts_on_indices_prove_nothing():
    facts = [Ne(i, j), Eq(i, j, evaluate=False)]
    assert prove(eq(u[i], v[i]), facts).status == "undecided"
    assert prove(eq(u[i], u[i] + 0 * v[i]), facts).status == "undecided"


def test_an_empty_sum_is_zero_and_a_late_start_needs_the_size():
    assert prove(eq(Sum(1, (l, 3, n)), n - 2)).status == "refuted"
    assert prove(eq(Sum(1, (l, 3, n)), n - 2), [rel(Ge, n, 2)])
    assert prove(eq(Sum(1, (l, 2, n - 1)), n - 2)).status == "refuted"


def test_a_false_lemma_proves_nothing():
    false_lemma = rel(Le, log(POSITIVE), POSITIVE - 2)
    verdict = prove(
        rel(Le, Sum(P[j] * log(P[j]), (j, 1, n)), Sum(P[j] ** 2, (j, 1, n))), [false_lemma]
    )
    assert verdict.status == "undecided"


def test_a_lemma_for_positive_values_is_not_applied_to_any_value():
    lemma = rel(Le, tanh(POSITIVE), POSITIVE)
    assert prove(rel(Le, tanh(x), x), [lemma]).status == "refuted"
    assert prove(rel(Le, tanh(exp(x)), exp(x)), [lemma])


def test_a_bound_on_one_entry_is_not_a_bound_on_all():
    assert prove(rel(Ge, u[i], 0), [rel(Ge, u[1], 0)]).status == "refuted"
    assert prove(rel(Ge, u[i] + 3, 0), [rel(Ge, u[1], -3)]).status == "refuted"
    assert prove(rel(Ge, u[i] + 3, 0), [rel(Ge, u[j], -3)])


def test_last_entry_is_not_every_entry():
    assert prove(eq(u[i], 0), [eq(u[n], 0)]).status == "refuted"


def test_logarithms_split_only_over_positive_factors():
    assert prove(eq(log(u[i] * v[i]), log(u[i]) + log(v[i]))).status == "undecided"
    assert prove(eq(log(P[i] * Q[i]), log(P[i]) + log(Q[i])))
    assert prove(eq(log(u[i] * v[i]), log(u[i]) + log(v[i])), [rel(Gt, u[i], 0)])


def test_only_the_hypotheses_that_are_needed_are_listed():
    verdict = prove(
        eq(Derivative(s(j), z[i]), s(j) * (DELTA - s(i))), [targets_sum_to_one, Ne(i, j)]
    )
    assert verdict.used == ()


def test_a_scalar_defined_by_a_hidden_index_is_refused():
    hidden = eq(d, Sum(z[l] * z[q], (l, 1, n)))
    with pytest.raises(ValueError, match=r"value for every q, so it does not define d.*Eq\(d\[q\]"):
        prove(eq(Derivative(d, z[i]), 0), [hidden])
    with pytest.raises(ValueError, match=r"u\[i\] has this value for every k.*Eq\(u\[i, k\], "):
        prove(eq(Derivative(u[i], z[j]), 0), [eq(u[i], z[k] ** 2)])
    assert prove(eq(d, z[1]), [eq(d, z[i])])  # all entries are equal: a hypothesis like others


@pytest.mark.parametrize("tie", [eq(2 * u[i], z[i]), eq(u[i] + z[1], 3)], ids=str)
def test_what_an_equation_ties_to_the_variable_is_no_constant(tie):
    slope = eq(Derivative(u[i], z[j]), 0)
    with pytest.raises(ValueError, match="ties u to z, but does not define u"):
        prove(slope, [tie])
    with pytest.raises(ValueError, match="ties u to z"):
        prove(eq(v[j], 0), [tie, eq(v[j], Derivative(Sum(u[l], (l, 1, n)), z[j]))])
    assert prove(slope, [eq(2 * u[i], v[i])])  # tied to something else
    assert prove(eq(Derivative(u[i] * z[j], z[j]), u[i]), [eq(Sum(z[l], (l, 1, n)), 1)])


def test_an_index_that_data_choose_is_refused():
    chosen = IndexedBase("t", shape=(n,), integer=True)
    with pytest.raises(
        ShapeError, match=r"w\[t\[i\], j\]: expected an index .*got t\[i\]; .*one-hot"
    ):
        prove(eq(W[chosen[i], j], 0))


def test_a_point_has_what_is_assumed_of_its_symbols():
    share, rest = sympy.symbols("g h", nonnegative=True)
    bound = rel(Ge, Max(0, REAL), share * REAL)
    assert prove(bound, [eq(share + rest, 1)]).status != "refuted"
    assert prove(bound).status == "refuted"  # share = 2


def test_a_bound_that_fails_near_zero_only_is_refuted():
    assert prove(rel(Ge, exp(x) - 1, x + Rational(1, 8))).status == "refuted"
    assert prove(rel(Ge, (exp(x) - 1) / x, Rational(9, 8)), [rel(Gt, x, 0)]).status == "refuted"


def test_a_step_at_zero_proves_nothing():
    with sympy.evaluate(False):
        at_zero = Heaviside(x - x)
    assert prove(eq(at_zero, 1)).status == "undecided"
    assert prove(eq(Derivative(Max(0, x), x), 1), [eq(x, 0)]).status == "undecided"
    assert prove(eq(1 / Heaviside(x), 1)).status == "undecided"


def test_scope_names_the_sizes():
    assert prove(eq(total(u) * 1, total(u))).scope == "every n"
    assert (
        prove(
            eq(Derivative(COST, b[i]), a[i] - y[i]),
            [softmax_definition, AFFINE, targets_sum_to_one],
        ).scope
        == "every m, n"
    )
    assert prove(eq(Sum(u[j], (j, 3, n)), total(u) - u[1] - u[2])).scope == "every n >= 2"
    assert prove(eq(tanh(x), -tanh(-x))).scope == "every value"
    three = IndexedBase("z", shape=(3,), real=True)
    fixed = exp(three[i]) / Sum(exp(three[l]), (l, 1, 3))
    verdict = prove(eq(Derivative(fixed, three[i]), fixed * (1 - fixed)))
    assert verdict and verdict.scope == "n = 3"


def test_a_fixed_size_is_checked_at_each_index():
    three = IndexedBase("u", shape=(3,), real=True)
    picked = Sum(KroneckerDelta(i, k) * three[k], (k, 1, 3))
    assert prove(eq(picked, three[i]))
    assert prove(eq(picked, three[1])).status == "refuted"


def test_an_index_on_axes_of_different_size_is_an_error_that_names_both():
    with pytest.raises(ShapeError, match=r"1\.\.n in .*1\.\.m in x\[i\]"):
        prove(eq(z[i], inputs[i]))
    with pytest.raises(ShapeError, match=r"1\.\.m in the sum over k but over 1\.\.n in u\[k\]"):
        prove(eq(Sum(u[k], (k, 1, m)), 0))
    with pytest.raises(ShapeError, match="has no shape"):
        prove(eq(IndexedBase("r")[i], 0))
    with pytest.raises(ShapeError, match="outside"):
        prove(eq(z[0], 0))


@pytest.mark.parametrize(
    ("relation", "message"),
    [
        (sympy.true, "evaluate=False"),
        (x + 1, "expected one of Eq"),
        (Eq(x, Integer(1) * 0.5, evaluate=False), "is a float"),
        (Ne(x, 1), "expected one of Eq"),
    ],
)
def test_bad_relations_get_a_clear_error(relation, message):
    with pytest.raises(ValueError, match=message):
        prove(relation)


def test_bad_hypotheses_get_a_clear_error():
    with pytest.raises(ValueError, match=r"given\[0\]"):
        prove(eq(x, x), [True])
    for wrong in (LOGISTIC, None, "y >= 0", 3):
        with pytest.raises(ValueError, match="given: expected a sequence of relations"):
            prove(eq(x, x), wrong)
    assert prove(eq(total(y), 1), iter([targets_sum_to_one]))
    with pytest.raises(ValueError, match="only indices may be unequal"):
        prove(eq(u[i], u[i]), [Ne(u[1], 2)])


@pytest.mark.parametrize(
    "relation",
    [
        eq(Sum(z[k + 1] - z[k], (k, 1, n - 1)), z[n] - z[1]),  # index arithmetic
        eq(Sum(Sum(u[k], (k, 1, l)), (l, 1, n)), Sum(u[k] * (n - k + 1), (k, 1, n))),  # triangular
        eq(Sum(k, (k, 1, n)), n * (n + 1) / 2),  # no closed forms
        rel(Le, SIGMA * (1 - SIGMA), Rational(1, 4)),
        eq(sympy.sin(x) ** 2 + sympy.cos(x) ** 2, 1),
        eq(Derivative(sympy.sin(x), x), sympy.cos(x)),
    ],
)
def test_what_no_rule_settles_is_undecided_with_a_reason(relation):
    verdict = prove(relation)
    assert verdict.status == "undecided"
    assert verdict.reason


def test_the_work_limit_ends_in_undecided():
    factors = (total(IndexedBase(f"u{c}", shape=(n,), real=True)) + c for c in range(16))
    huge = sympy.Mul(*factors)
    verdict = prove(eq(huge, sympy.Mul(*reversed(huge.args), evaluate=False)))
    assert verdict.status == "undecided"
    assert "work limit" in verdict.reason


def test_what_is_nested_too_deeply_is_undecided():
    deep = x
    for _ in range(3000):
        deep = sympy.Add(1, sympy.Mul(2, deep, evaluate=False), evaluate=False)
    verdict = prove(eq(deep, deep + 0))
    assert (verdict.status, verdict.reason) == ("undecided", "the expression is nested too deeply")


def test_unevaluated_input_and_the_global_flag_do_not_matter():
    with sympy.evaluate(False):
        verdict = prove(Eq(Derivative(s(j), z[i]), s(j) * (DELTA - s(i))))
    assert verdict


def test_verdicts_are_the_same_every_time():
    relation, given = REFUTED["Lemma 4 with targets that do not sum to one"]
    assert str(prove(relation, given)) == str(prove(relation, given))


F = sympy.Function("f", real=True)
LOGISTIC = eq(F(x), SIGMA)


def test_a_function_is_defined_for_every_argument():
    slope = eq(Derivative(F(x), x), F(x) * (1 - F(x)))
    assert prove(slope, [LOGISTIC]).used == (LOGISTIC,)
    assert prove(eq(F(z[1] - z[2]), exp(z[1]) / (exp(z[1]) + exp(z[2]))), [LOGISTIC])
    assert prove(eq(F(-x), -F(x)), [LOGISTIC]).status == "refuted"
    assert prove(eq(F(x), F(x) * 1 + 0), [LOGISTIC])


def test_the_sum_of_a_function_does_not_capture_its_argument():
    shifted = eq(F(x), Sum(exp(z[l]) * x, (l, 1, n)))
    right = Sum(exp(z[k]), (k, 1, n)) * total(u)
    assert prove(eq(Sum(F(u[l]), (l, 1, n)), right), [shifted])


def test_functions_defined_in_a_circle_are_refused():
    other = sympy.Function("g", real=True)
    with pytest.raises(ValueError, match="circle"):
        prove(eq(F(x), 0), [eq(F(x), other(x)), eq(other(x), F(x) + 1)])


def test_a_second_derivative_may_be_written_either_way():
    with sympy.evaluate(False):
        twice = Derivative(SIGMA, x, x)
    curve = SIGMA * (1 - SIGMA) * (1 - 2 * SIGMA)
    assert prove(eq(twice, curve))
    assert prove(eq(Derivative(SIGMA, (x, 2)), curve))


@pytest.mark.parametrize("name", PROVED)
def test_everything_proved_is_confirmed_with_all_sums_written_out(name):
    assert second_opinion(*PROVED[name]) >= 1


@pytest.mark.parametrize("name", ["no delta", "other size", "true at n = 1 only"])
def test_the_second_opinion_can_fail(name):
    with pytest.raises(AssertionError, match="fails at"):
        second_opinion(*REFUTED[name])


def test_the_second_opinion_says_when_it_saw_nothing():
    with pytest.raises(AssertionError, match="cannot be evaluated"):
        second_opinion(eq(u[i], u[i] + 0 * v[i]), [eq(total(u), 1), eq(total(u), 2)])


def test_a_definition_that_took_part_counts_as_used():
    by_weight = eq(Derivative(a[j], W[i, k]), Derivative(a[j], z[i]) * inputs[k])
    assert prove(by_weight, [softmax_definition, AFFINE]).used == (softmax_definition, AFFINE)


def test_an_index_may_be_said_to_be_a_number():
    first = Eq(i, 1, evaluate=False)
    assert prove(eq(u[i] * KroneckerDelta(i, 1), u[1]), [first]).used == (first,)
    assert prove(eq(u[i], u[2]), [first]).status == "refuted"


def test_a_delta_with_its_own_range_is_not_read_as_one_without():
    ranged = KroneckerDelta(i, j, (1, 3))
    assert prove(eq(Sum(ranged * u[j], (j, 1, n)), u[i])).status != "proved"


def test_a_proof_that_a_point_contradicts_stops_everything(monkeypatch):
    monkeypatch.setattr("gradproof.proving._proof", lambda *args: (True, ()))
    for false in (
        eq(u[1], u[1] + 1),
        eq(sympy.prod([n - c for c in (1, 2, 3)]) * u[1], 0),
        eq(sympy.prod([n - c for c in range(1, 7)]) * total(u), 0),
        rel(Ge, u[i], 0),
    ):
        with pytest.raises(AssertionError, match="prover bug"):
            prove(false)


HUGE = 10**6


@pytest.mark.parametrize(
    "relation",
    [
        eq(x ** (HUGE**2), Symbol("r", real=True)),
        eq(exp(HUGE * x), 0),
        eq(2 ** (HUGE * u[i]), 0),
        eq(u[HUGE], 0),
        eq(Sum(u[l], (l, 1, HUGE)), 0),
        eq(IndexedBase("u", shape=(HUGE,), real=True)[i], 0),
        eq(Sum(x, (l, 1, 100 * HUGE)), 0),
    ],
)
def test_huge_numbers_end_soon_and_without_an_exception(relation):
    assert prove(relation).status in ("undecided", "refuted")


def test_a_size_that_is_too_large_to_sample_is_undecided():
    assert prove(eq(total(u), 0), [rel(Ge, n, HUGE)]).status == "undecided"


def test_a_range_that_ends_at_an_index_is_undecided():
    assert prove(eq(Sum(u[l], (l, 1, k)), 0), [rel(Ge, k, 1), rel(Le, k, n)]).status != "proved"


def test_a_delta_with_two_unequal_indices_vanishes():
    product = KroneckerDelta(i, j) * KroneckerDelta(i, k) * u[i] * v[j] * v[k]
    assert prove(eq(product, 0), [Ne(j, k)]).used == (Ne(j, k),)


SQUARE = IndexedBase("Y", shape=(n, n), real=True)
ROWS = rel(Eq, Sum(SQUARE[q, l], (l, 1, n)), 1)
TRACE = Sum(SQUARE[k, k], (k, 1, n))
EXP_LEMMA = rel(Ge, exp(REAL), REAL + 1)
NONZERO = Symbol("t", real=True, nonzero=True)
A = IndexedBase("A", shape=(n,), real=True)
XP = IndexedBase("x", shape=(m,), positive=True)
NOT_PROVED = {
    "row sums are not the trace": (eq(TRACE, 1), [ROWS]),
    "nor a bound on it": (rel(Ge, TRACE, 1), [ROWS]),
    "a strict bound beside a lemma": (
        rel(Gt, exp(u[i]), u[i] + 1),
        [EXP_LEMMA, rel(Lt, v[l], b[l])],
    ),
    "two lemmas, one strict": (
        rel(Gt, exp(u[i]) + log(P[i]) ** 2, u[i] + 1),
        [EXP_LEMMA, rel(Lt, log(POSITIVE), POSITIVE)],
    ),
    "a lemma for values that are not zero": (
        rel(Gt, exp(u[i]), u[i] + 1),
        [rel(Gt, exp(NONZERO), NONZERO + 1)],
    ),
    "a fact on two indices is none on a hypothesis": (
        rel(Ge, SQUARE[k, k] + SQUARE[i, j], 0),
        [Ne(i, j), rel(Ge, SQUARE[i, j], -DELTA)],
    ),
    "an index of a hypothesis has its own range": (
        rel(Gt, A[j] * XP[i], 0),
        [rel(Ge, A[i], Sum(KroneckerDelta(i, k) * XP[k], (k, 1, m)))],
    ),
    "a lemma inside a derivative": (rel(Ge, 1, Derivative(exp(x), x)), [EXP_LEMMA]),
    "a lemma false for negative values": (rel(Ge, exp(u[i]), 1), [rel(Ge, exp(REAL), 1)]),
    "a symbol named pi": (eq(Symbol("pi", real=True), sympy.pi), []),
}


@pytest.mark.parametrize("name", NOT_PROVED)
def test_a_hypothesis_says_no_more_than_it_says(name):
    assert prove(*NOT_PROVED[name]).status != "proved"


@pytest.mark.parametrize(
    ("relation", "given"),
    [
        (eq(u[i], 0), [rel(Ge, u[l], 0), rel(Le, u[l], 0)]),
        (eq(u[1], u[2]), [eq(x, u[i])]),
        (eq(T, Sum(P[l] / P[l], (l, 1, n))), [eq(n, T)]),
    ],
)
def test_no_hypothesis_is_forgotten_in_a_counterexample(relation, given):
    assert prove(relation, given).status != "refuted"
