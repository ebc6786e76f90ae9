"""Tactics one by one, and what must stay open; whole inequalities are in test_proving.py."""

import pytest
import sympy
from sympy import Ge, Gt, IndexedBase, Le, Lt, Ne, Rational, Sum, Symbol, exp, log

from gradproof.notation import M, i, j, k, l, n, softmax_of, u, v, x, y, z
from gradproof.proving import prove


def rel(kind, left, right):
    return kind(left, right, evaluate=False)


P = IndexedBase("p", shape=(n,), positive=True)
TOTAL = Sum(P[l], (l, 1, n))
T = Symbol("t", positive=True)
S = Symbol("s", real=True)


@pytest.mark.parametrize(
    ("relation", "given"),
    [
        (rel(Gt, TOTAL, 0), []),
        (rel(Gt, TOTAL, P[i] + P[j]), [Ne(i, j), rel(Ge, n, 3)]),
        (rel(Ge, TOTAL, P[i] + P[j]), [Ne(i, j)]),
        (rel(Le, softmax_of(z, i) + softmax_of(z, j), 1), [Ne(i, j)]),
        (rel(Ge, log(1 + exp(x)), 0), []),
        (rel(Lt, -log(1 + exp(x)), 0), []),
        (rel(Le, exp(x), exp(M)), [rel(Ge, M, x)]),
        (rel(Ge, Sum((u[l] - v[l]) ** 2, (l, 1, n)), 0), []),
        (rel(Le, 1 - T, 1 / T * T), []),
        (
            rel(Ge, exp(x), 1 + x),
            [rel(Ge, exp(Symbol("s", real=True)), 1 + Symbol("s", real=True))],
        ),
    ],
)
def test_a_tactic_settles_it(relation, given):
    assert prove(relation, given).status == "proved"


@pytest.mark.parametrize(
    ("relation", "given"),
    [
        (rel(Gt, Sum((u[l] - v[l]) ** 2, (l, 1, n)), 0), []),
        (rel(Gt, TOTAL, P[i]), []),
        (rel(Lt, softmax_of(z, i), 1), [Ne(i, j)]),  # j stands nowhere: it may be no class
        (rel(Ge, TOTAL, P[i] + P[j]), []),
        (rel(Ge, Sum(u[l], (l, 1, n)), u[i]), []),
        (rel(Le, exp(x), exp(M)), [rel(Le, M, x)]),
        (rel(Ge, Sum(y[l] * u[l], (l, 1, n)), 0), [rel(Ge, y[l], 0)]),
        (rel(Ge, exp(x), 2 + x), []),
        (rel(Le, log(T), T - 2), []),
        (rel(Lt, x**2, 0), []),
        (rel(Ge, exp(x) - exp(2 * x), 0), []),
    ],
)
def test_a_false_inequality_is_refuted(relation, given):
    assert prove(relation, given).status == "refuted"


@pytest.mark.parametrize(
    "relation",
    [
        rel(Ge, u[1] ** 2 + u[2] ** 2, 2 * u[1] * u[2]),
        rel(Ge, exp(x), 1 + x),
        rel(Le, Sum(softmax_of(z, k) ** 2, (k, 1, n)), 1),
        rel(Le, sympy.tanh(x) ** 2, 1 - Rational(1, 10**9) * exp(-100 * x**2)),
    ],
)
def test_what_no_tactic_settles_stays_open(relation):
    assert prove(relation).status in ("undecided", "proved")
    assert prove(rel(Lt, *relation.args)).status != "proved" or relation.func is Le
