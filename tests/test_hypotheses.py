import pytest
import sympy
from sympy import Eq, Ge, Gt, Le, Lt, Ne, Sum, Symbol, log

from gradproof.hypotheses import check_relation, free_indices, read_hypotheses, shapes_of
from gradproof.notation import (
    M,
    a,
    i,
    j,
    k,
    l,
    n,
    q,
    softmax_definition,
    targets_sum_to_one,
    u,
    x,
    y,
    z,
)


def rel(kind, left, right):
    return kind(left, right, evaluate=False)


GOAL = rel(Eq, Sum(y[j] * log(a[j]), (j, 1, n)) + u[i] + x + M, u[k])
T = Symbol("t", positive=True)


def test_every_kind_of_hypothesis_finds_its_place():
    given = [
        softmax_definition,
        targets_sum_to_one,
        rel(Ge, y[l], 0),
        rel(Lt, 0, u[l]),
        rel(Ge, M, z[l]),
        rel(Le, log(T), T - 1),
        Ne(i, k),
        rel(Ge, n, 2),
    ]
    h = read_hypotheses(GOAL, given)
    assert list(h.definitions) == [a]
    assert h.equations == [targets_sum_to_one]
    assert {base: sign for base, (sign, _) in h.signs.items()} == {y: "0+", u: "+"}
    assert h.bounds == [given[4]]
    assert h.lemmas == [given[5]]
    assert h.unequal == [given[6]]
    assert [(size, least) for size, least, _ in h.at_least] == [(n, 2)]


def test_a_scalar_of_the_relation_is_a_parameter_and_not_a_lemma():
    assert read_hypotheses(rel(Gt, x, 0), [rel(Ge, x, 1)]).bounds == [rel(Ge, x, 1)]


def test_a_parameter_that_a_step_does_not_mention_is_no_lemma():
    h = read_hypotheses(rel(Eq, u[i], u[i]), [rel(Ge, M, z[l]), rel(Ge, x, 1), Ne(j, k)])
    assert (h.lemmas, len(h.bounds), h.unequal) == ([], 2, [Ne(j, k)])


def test_one_entry_is_not_the_whole_array():
    h = read_hypotheses(GOAL, [rel(Ge, u[1], 0), rel(Ge, y[n], 0), rel(Eq, u[2], 3)])
    assert h.signs == {}
    assert len(h.bounds) == 2
    assert h.definitions == {}


def test_a_circle_is_no_definition():
    h = read_hypotheses(GOAL, [rel(Eq, a[j], z[j] + 1), rel(Eq, z[j], a[j] - 1)])
    assert list(h.definitions) == [a]
    assert len(h.equations) == 1


def test_index_bounds_give_a_range():
    goal = rel(Eq, sympy.KroneckerDelta(q, 1) + Sum(u[l], (l, 1, n)), 0)
    h = read_hypotheses(goal, [rel(Ge, q, 1), rel(Le, q, n)])
    assert shapes_of(goal, h).ranges == {q: n}
    only_one = read_hypotheses(goal, [rel(Le, q, n)])
    assert shapes_of(goal, only_one).ranges == {}


def test_free_indices_are_those_no_sum_binds():
    assert free_indices(GOAL) == {i, k}
    assert free_indices(Sum(u[l] * z[i], (l, 1, n)) + sympy.Derivative(x, u[q])) == {i, q}


@pytest.mark.parametrize("wrong", [True, 3, x, sympy.Eq(x, 0.5)])
def test_what_is_no_exact_relation_is_refused(wrong):
    with pytest.raises(ValueError, match="given"):
        check_relation(wrong, "given[0]")
