import pytest
from sympy import Derivative, IndexedBase, KroneckerDelta, Sum

from gradproof.notation import W, i, inputs, j, k, l, m, n, u, z
from gradproof.shapes import ShapeError, Shapes


def test_free_indices_get_the_size_of_their_axis():
    shapes = Shapes([Sum(W[i, k] * inputs[k], (k, 1, m)) + z[i]])
    assert shapes.ranges == {i: n}
    assert shapes.sizes == {n, m}


def test_the_variable_of_a_derivative_counts():
    assert Shapes([Derivative(z[j] ** 2 + u[1], z[i])]).ranges == {i: n, j: n}


def test_a_delta_alone_tells_no_range():
    assert Shapes([KroneckerDelta(i, j)]).ranges == {}


@pytest.mark.parametrize(
    ("expression", "least"),
    [(z[3], 3), (Sum(z[k], (k, 2, n)), 1), (Sum(z[k], (k, 4, n)), 1), (Sum(z[k], (k, 1, 3)), 3)],
)
def test_written_indices_bound_the_size_from_below(expression, least):
    assert Shapes([expression]).minimum.get(n, 1) == least


def test_the_last_entry_is_in_range():
    assert Shapes([z[n] + z[i]]).ranges == {i: n}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (z[i] * inputs[i], "1..m in x.i. but over 1..n in z.i."),
        (W[i, i], "index i runs over"),
        (Sum(z[k] * inputs[k], (k, 1, n)), "the sum over k"),
        (z[0], "index 0 is outside"),
        (IndexedBase("r", shape=(3,))[4], "index 4 is outside an axis of size 3"),
        (IndexedBase("r")[i], "r has no shape"),
        (Sum(IndexedBase("r", shape=(3,))[k], (k, 1, 5)), "index 5 is outside"),
    ],
)
def test_wrong_indices_are_refused(expression, message):
    with pytest.raises(ShapeError, match=message):
        Shapes([expression])


def test_a_range_that_depends_on_an_index_is_left_open():
    Shapes([Sum(Sum(z[k], (k, 1, l)), (l, 1, n))])
    Shapes([Sum(z[k], (k, 1, i)) + u[i]])
