from random import Random

import pytest
from sympy import Eq, Ge, Gt, IndexedBase, Le, Lt, Ne, Rational, Sum, exp, log

from gradproof.hypotheses import read_hypotheses, shapes_of
from gradproof.notation import (
    M,
    N,
    a,
    i,
    j,
    l,
    n,
    q,
    softmax_definition,
    softmax_of,
    targets_sum_to_one,
    u,
    y,
    z,
)
from gradproof.sampling import Counterexample, Sampler
from gradproof.written_out import value_at


def rel(kind, left, right):
    return kind(left, right, evaluate=False)


def points(relation, given, sizes=(2, 3, 5)):
    h = read_hypotheses(relation, given)
    return list(Sampler(relation, h, shapes_of(relation, h)).points(sizes, 2, Random(1), 4))


def entries(point, base):
    return [x for e, x in point.values.items() if getattr(e, "base", None) == base]


def test_logits_are_logarithms_of_distinct_integers():
    for point in points(rel(Eq, softmax_of(z, i), u[i]), []):
        logits = [abs(exp(x)) for x in entries(point, z)]
        assert all(x.is_Rational for x in logits)
        assert len(set(entries(point, z))) == point.sizes[n]


def test_targets_that_sum_to_one_do_so_exactly_and_are_soft():
    relation = rel(Ge, Sum(y[j] * z[j], (j, 1, n)), 0)
    found = points(relation, [targets_sum_to_one, rel(Ge, y[l], 0)])
    assert found
    for point in found:
        targets = entries(point, y)
        assert sum(targets) == 1
        assert all(0 < x < 1 for x in targets)
        assert len(set(targets)) > 1


def test_each_row_of_a_batch_is_scaled():
    batch = IndexedBase("Y", shape=(N, n), real=True)
    relation = rel(Eq, batch[q, i], u[i])
    for point in points(relation, [rel(Eq, Sum(batch[q, l], (l, 1, n)), 1)]):
        for row in range(1, point.sizes[N] + 1):
            row_sum = sum(batch[row, c] for c in range(1, point.sizes[n] + 1))
            assert row_sum.subs(point.values) == 1


@pytest.mark.parametrize(
    "given",
    [
        [rel(Ge, M, z[l])],
        [rel(Gt, a[l], 0), rel(Lt, a[l], 1)],
        [rel(Eq, Sum(z[l], (l, 1, n)), 3)],
        [rel(Le, z[l], -1)],
    ],
)
def test_points_satisfy_the_hypotheses(given):
    relation = rel(Eq, Sum(z[l] * a[l], (l, 1, n)), M)
    found = points(relation, given)
    assert found
    for point in found:
        for h in given:
            for c in range(1, point.sizes[n] + 1):
                sides = (value_at(e, point.sizes, {l: c}, point.values) for e in h.args)
                assert h.func(*sides)


def test_indices_meet_their_hypotheses():
    relation = rel(Eq, u[i] * u[j], 0)
    assert all(p.indices[i] != p.indices[j] for p in points(relation, [Ne(i, j)]))
    assert all(p.indices[i] == p.indices[j] for p in points(relation, [Eq(i, j, evaluate=False)]))


def test_an_index_of_the_hypotheses_alone_is_in_its_range():
    given = [rel(Ge, q, 1), rel(Le, q, n)]
    found = points(rel(Eq, u[i], 0), given)
    assert found
    assert all(1 <= p.indices[q] <= p.sizes[n] for p in found)
    assert all(q not in p.values for p in found)


def test_contradictory_hypotheses_have_no_point():
    assert points(rel(Eq, u[i], 0), [rel(Gt, u[l], 0), rel(Le, u[l] + 1, 0)]) == []


def test_defined_arrays_are_not_sampled():
    for point in points(rel(Eq, a[i], u[i]), [softmax_definition]):
        assert not entries(point, a)
        assert entries(point, z)


def test_sizes_are_unequal():
    batch = IndexedBase("Y", shape=(N, n), real=True)
    assert any(p.sizes[N] != p.sizes[n] for p in points(rel(Eq, batch[q, i], 0), []))


def test_a_counterexample_can_be_read():
    shown = Counterexample(
        {n: 2}, {i: 1}, {z[1]: log(2), z[2]: log(5), M: Rational(1, 3)}, Rational(2, 7), log(2)
    )
    assert str(shown) == (
        "n = 2, i = 1, z = (log(2), log(5)), M = 1/3: "
        "left side 2/7, right side about 0.693147180559945"
    )
