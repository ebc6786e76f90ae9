"""Mutants: the slips of pen and paper, each different and each caught on a known result."""

import os
import subprocess
import sys

import pytest
from sympy import (
    Eq,
    Ge,
    Gt,
    IndexedBase,
    KroneckerDelta,
    Le,
    Lt,
    Mul,
    Ne,
    Pow,
    Rational,
    Sum,
    evaluate,
    exp,
    log,
    sympify,
)

from gradproof.mutants import Mutant, mutants, relation_mutants
from gradproof.notation import W, a, i, inputs, j, k, l, n, softmax_of, u, x, y, z
from gradproof.written_out import sign_of, value_at

with evaluate(False):
    JACOBIAN = softmax_of(z, j) * (KroneckerDelta(i, j) - softmax_of(z, i))


def names(expr):
    return {mutant.name for mutant in mutants(expr)}


def expressions(expr):
    return {mutant.expr for mutant in mutants(expr)}


RESULTS = [
    JACOBIAN,
    a[j] - y[j],
    Sum(W[k, i] * (a[k] - y[k]), (k, 1, n)),
    -Sum(y[k] * log(a[k]), (k, 1, n)),
    x**2 / (1 + exp(-x)),
    sympify(0),
    sympify(1),
]


@pytest.mark.parametrize("result", RESULTS, ids=str)
def test_mutants_are_distinct_and_different_from_the_result(result):
    found = mutants(result)
    structures = {mutant.expr for mutant in found}
    assert 1 <= len(found) <= 40
    assert len(structures) == len(found)
    assert result not in structures


def test_the_order_is_the_same_in_every_process():
    code = (
        "from gradproof.mutants import mutants\n"
        "from gradproof.notation import W, a, i, inputs, j, k, n, y\n"
        "from sympy import KroneckerDelta as D, Sum\n"
        "for e in (a[j] * (D(i, j) - a[i]), Sum(y[j] * W[j, k] * inputs[k], (j, 1, n))):\n"
        "    print(*mutants(e), sep='\\n')\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1
    assert "dropped delta" in printed.pop()


def test_the_order_terms_were_typed_in_does_not_hide_a_mutant_equal_to_the_result():
    with evaluate(False):
        typed = Mul(-1, KroneckerDelta(j, i) * a[j])
    assert -KroneckerDelta(i, j) * a[j] not in expressions(typed)


@pytest.mark.parametrize(
    ("result", "slip"),
    [
        (a[j] * (KroneckerDelta(i, j) - a[i]), -a[j] * (KroneckerDelta(i, j) - a[i])),
        (a[j] * (KroneckerDelta(i, j) - a[i]), -a[i] * a[j]),
        (a[j] * (KroneckerDelta(i, j) - a[i]), a[j] * (1 - a[i])),
        (a[j] * (KroneckerDelta(i, j) - a[i]), a[i] * (KroneckerDelta(i, j) - a[j])),
        (a[j] * (KroneckerDelta(i, j) - a[i]), a[j]),
        (KroneckerDelta(i, j) * z[j], KroneckerDelta(i, j + 1) * z[j]),
        (a[j] - y[j], 2 * a[j] - 2 * y[j]),
        (a[j] - y[j], a[j] + y[j]),
        (a[j] - y[j], a[j]),
        (a[j] * log(y[j]), a[j] * log(a[j])),
        (a[j] * (1 - a[j]), 1 - a[j]),
        (Sum(u[l], (l, 1, n)), Sum(u[l], (l, 2, n))),
        (exp(-x) / (1 + exp(-x)) ** 2, exp(-x) / (1 + exp(-x))),
        (sympify(0), sympify(1)),
    ],
    ids=str,
)
def test_known_slips_are_made(result, slip):
    assert slip in expressions(result)


def test_only_square_matrices_are_transposed():
    square = IndexedBase("h", shape=(n, n), real=True)
    assert square[k, i] * u[k] in expressions(square[i, k] * u[k])
    assert "transposed" not in names(W[i, k] * inputs[k])


def test_indices_of_axes_of_different_size_are_not_swapped():
    assert "swapped indices" in names(a[j] * y[i])
    assert "swapped indices" not in names(a[j] * inputs[k])
    assert a[k] * KroneckerDelta(i, k) * inputs[j] not in expressions(
        a[j] * KroneckerDelta(i, j) * inputs[k]
    )


def test_free_indices_are_swapped_and_dummies_are_not():
    assert "swapped indices" in names(a[j] * y[i])
    assert "swapped indices" not in names(Sum(a[j] * y[i], (i, 1, n)))


def test_bases_of_one_shape_are_exchanged_and_others_are_not():
    assert {"y for a", "a for y"} <= names(Sum(a[k] * y[k], (k, 1, n)))
    assert not any(" for " in name for name in names(Sum(W[i, k] * inputs[k], (k, 1, n))))


@pytest.mark.parametrize("mutant", mutants(JACOBIAN), ids=lambda mutant: mutant.name)
def test_each_mutant_of_the_softmax_jacobian_is_wrong_at_a_soft_point(mutant):
    values = {z[1]: log(2), z[2]: log(7), z[3]: log(3)}
    differences = [
        value_at(mutant.expr - JACOBIAN, {n: 3}, {i: column, j: row}, values)
        for row in (1, 2, 3)
        for column in (1, 2, 3)
    ]
    equivalent = mutant.name == "swapped indices"  # the Jacobian is symmetric
    assert any(sign_of(difference) for difference in differences) != equivalent


@pytest.mark.parametrize(("kind", "bound"), [(Ge, 1), (Gt, 1), (Le, -1), (Lt, -1)])
def test_inequalities_are_reversed_and_tightened(kind, bound):
    reverse = {Ge: Le, Gt: Lt, Le: Ge, Lt: Gt}[kind]
    reversed_relation, tightened = relation_mutants(kind(a[j], u[j], evaluate=False))
    assert reversed_relation == Mutant("reversed relation", reverse(a[j], u[j], evaluate=False))
    assert tightened == Mutant(
        "tightened bound", kind(a[j], u[j] + Rational(bound, 8), evaluate=False)
    )


def test_equalities_are_spoiled_on_the_right_and_kept_unevaluated():
    relation = Eq(Sum(y[l], (l, 1, n)), 1, evaluate=False)
    spoiled = relation_mutants(relation)
    assert {mutant.expr.args for mutant in spoiled} == {(relation.lhs, -1), (relation.lhs, 2)}
    half = Rational(1, 2)
    assert {type(m.expr) for m in relation_mutants(Eq(half, half, evaluate=False))} == {Eq}


@pytest.mark.parametrize("relation", [Ne(i, j), "x > 1", None])
def test_other_relations_are_refused(relation):
    with pytest.raises(ValueError, match="expected Eq, Ge, Gt, Le or Lt"):
        relation_mutants(relation)


@pytest.mark.parametrize("expr", ["q+1", None, Eq(a[j], y[j])], ids=str)
def test_what_is_no_expression_is_refused_and_never_parsed(expr):
    with pytest.raises(ValueError, match="expr: expected a SymPy expression, got"):
        mutants(expr)


@pytest.mark.parametrize("flag", [True, False])
def test_numbers_are_spoiled_into_numbers_whatever_the_global_flag(flag):
    bound = Ge(a[j], 1, evaluate=False)
    with evaluate(flag):
        (one_more,) = mutants(sympify(0))
        reversed_relation, tightened = relation_mutants(bound)
    assert one_more == Mutant("one more", sympify(1))
    assert reversed_relation.expr == Le(a[j], 1, evaluate=False)
    assert tightened.expr.args == (a[j], Rational(9, 8))


def test_a_lost_power_is_the_base_itself_whatever_the_global_flag():
    with evaluate(False):
        inside = expressions(Pow(a[j], 2))
    assert a[j] in inside
    assert inside == {-(a[j] ** 2), a[j], 2 * a[j] ** 2}
