"""The exact evaluation with every sum written out: small cases known by hand."""

import itertools

import pytest
from sympy import (
    Add,
    Derivative,
    Eq,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Max,
    Mul,
    Pow,
    Product,
    Rational,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
    symbols,
    tanh,
)

from gradproof.notation import (
    N,
    W,
    a,
    b,
    i,
    inputs,
    j,
    k,
    l,
    m,
    n,
    softmax_definition,
    softmax_of,
    t,
    u,
    v,
    x,
    y,
    z,
)
from gradproof.written_out import sign_of, sizes_of, value_at, write_out

LOGITS = {z[1]: log(2), z[2]: log(5), z[3]: log(3), z[4]: log(7)}
SOFTMAX = [None, Rational(2, 10), Rational(5, 10), Rational(3, 10)]
TARGETS = {y[1]: Rational(1, 7), y[2]: Rational(4, 7), y[3]: Rational(2, 7)}


def plain(name):
    return Symbol(name, real=True)


def test_entries_become_plain_real_symbols():
    assert write_out(z[j], {n: 3}, {j: 2}) == plain("z_2")
    assert write_out(W[i, k], {n: 3, m: 2}, {i: 3, k: 1}) == plain("w_3_1")
    cube = IndexedBase("c", shape=(n, m, N), real=True)
    assert write_out(cube[i, k, 2], {n: 3, m: 2, N: 2}, {i: 3, k: 1}) == plain("c_3_1_2")


def test_a_vector_and_a_scalar_with_one_letter_do_not_meet():
    assert write_out(x * inputs[k], {m: 2}, {k: 1}) == plain("x") * plain("x_1")


def test_two_variables_with_one_plain_name_are_refused():
    with pytest.raises(ValueError, match="both written"):
        write_out(plain("z_2") + z[2], {n: 3}, {})


def test_sizes_and_free_indices_are_numbers():
    assert write_out(i / n + Sum(1, (l, 1, n)), {n: 4}, {i: 2}) == Rational(9, 2)


def test_sum_is_over_its_whole_range():
    assert write_out(Sum(z[l], (l, 1, n)), {n: 3}, {}) == plain("z_1") + plain("z_2") + plain("z_3")
    assert write_out(Product(z[l], (l, 2, n)), {n: 3}, {}) == plain("z_2") * plain("z_3")


def test_empty_sum_is_zero_and_not_karrs():
    karr = Sum(l, (l, 3, 1))
    assert karr.doit() == -2
    assert write_out(karr, {}, {}) == 0
    assert write_out(Sum(z[l], (l, 2, n)), {n: 1}, {}) == 0
    assert write_out(Product(z[l], (l, 2, n)), {n: 1}, {}) == 1


def test_last_limit_is_the_outermost():
    triangle = Sum(10 * k + l, (l, 1, k), (k, 1, n))
    assert write_out(triangle, {n: 2}, {}) == 11 + 21 + 22
    assert write_out(Sum(Sum(10 * k + l, (l, 1, k)), (k, 1, n)), {n: 2}, {}) == 54


def test_sum_of_products_and_product_of_sums_differ():
    values = {u[1]: 2, u[2]: 3, v[1]: 5, v[2]: 7}
    same = Sum(u[l] * v[l], (l, 1, n))
    apart = Sum(u[l], (l, 1, n)) * Sum(v[l], (l, 1, n))
    assert value_at(same, {n: 2}, {}, values) == 31
    assert value_at(apart, {n: 2}, {}, values) == 60


def test_inner_dummy_shadows_the_outer_one():
    shadowed = Sum(z[l] * Sum(u[l], (l, 1, n)), (l, 1, n))
    expected = (plain("z_1") + plain("z_2")) * (plain("u_1") + plain("u_2"))
    assert write_out(shadowed, {n: 2}, {}).expand() == expected.expand()


def test_dummy_shadows_a_free_index():
    assert write_out(Sum(i, (i, 1, 3)) + i, {}, {i: 10}) == 16


@pytest.mark.parametrize(("index", "low", "value"), [(1, 1, "u_1"), (1, 2, 0), (3, 2, "u_3")])
def test_delta_outside_the_range_gives_zero(index, low, value):
    collapsed = Sum(KroneckerDelta(i, k) * u[k], (k, low, n))
    assert write_out(collapsed, {n: 3}, {i: index}) == (plain(value) if value else 0)


def test_delta_with_arithmetic():
    shifted = Sum(KroneckerDelta(i, k + 1) * u[k], (k, 1, n))
    assert write_out(shifted, {n: 3}, {i: 3}) == plain("u_2")
    assert write_out(shifted, {n: 3}, {i: 1}) == 0


@pytest.mark.parametrize("index", [0, 4])
def test_index_outside_its_axis_is_refused(index):
    with pytest.raises(ValueError, match="outside its range"):
        write_out(z[j], {n: 3}, {j: index})


def test_shifted_index_is_checked_where_it_leaves_the_range():
    steps = Sum(z[k + 1] - z[k], (k, 1, n))
    with pytest.raises(ValueError, match=r"z\[k \+ 1\] at \[4\]"):
        write_out(steps, {n: 3}, {})
    inside = Sum(z[k + 1] - z[k], (k, 1, n - 1))
    assert write_out(inside, {n: 3}, {}) == plain("z_3") - plain("z_1")


def test_axes_of_different_size_are_checked_one_by_one():
    assert write_out(W[i, k], {n: 2, m: 3}, {i: 2, k: 3}) == plain("w_2_3")
    with pytest.raises(ValueError, match="outside its range"):
        write_out(W[i, k], {n: 2, m: 3}, {i: 3, k: 2})


def test_missing_sizes_indices_values_and_shapes_are_refused():
    with pytest.raises(ValueError, match="to be an integer here, got n"):
        write_out(Sum(z[l], (l, 1, n)), {}, {})
    with pytest.raises(ValueError, match="to be an integer here, got j"):
        write_out(z[j], {n: 2}, {})
    with pytest.raises(ValueError, match=r"no value for z\[1\]"):
        value_at(z[j], {n: 2}, {j: 1}, {})
    with pytest.raises(ValueError, match="no shape"):
        write_out(IndexedBase("s")[1], {}, {})


def test_unevaluated_trees_and_the_global_flag_do_not_matter():
    with evaluate(False):
        jacobian = Mul(softmax_of(z, j), Add(KroneckerDelta(i, j), Mul(-1, softmax_of(z, i))))
        value = value_at(jacobian, {n: 3}, {i: 1, j: 2}, LOGITS)
        same = value_at(jacobian, {n: 3}, {i: 2, j: 2}, LOGITS)
    assert (value, same) == (Rational(-1, 10), Rational(1, 4))


@pytest.mark.parametrize(("row", "column"), list(itertools.product((1, 2, 3), repeat=2)))
def test_derivative_of_softmax_is_its_jacobian(row, column):
    derivative = Derivative(softmax_of(z, j), z[i])
    expected = SOFTMAX[row] * (int(row == column) - SOFTMAX[column])
    assert value_at(derivative, {n: 3}, {i: column, j: row}, LOGITS) == expected


def test_derivative_does_not_capture_a_dummy():
    captured = Derivative(Sum(exp(z[i]), (i, 1, n)), z[i])
    assert value_at(captured, {n: 3}, {i: 2}, LOGITS) == 5
    assert write_out(captured, {n: 3}, {i: 2}) == exp(plain("z_2"))


def test_derivative_under_a_sum_follows_the_dummy():
    divergence = Sum(Derivative(z[i] ** 2 * z[j], z[i]), (i, 1, n))
    z1, z2 = plain("z_1"), plain("z_2")
    assert write_out(divergence, {n: 2}, {j: 1}) == (3 * z1**2 + 2 * z2 * z1).expand()
    laplacian = Sum(Derivative(Sum(z[i] ** 3, (i, 1, n)), (z[i], 2)), (i, 1, n))
    assert write_out(laplacian, {n: 2}, {}) == 6 * z1 + 6 * z2


def test_derivative_with_a_shifted_index():
    assert write_out(Derivative(z[2] ** 2, z[i + 1]), {n: 3}, {i: 1}) == 2 * plain("z_2")
    with pytest.raises(ValueError, match="outside its range"):
        write_out(Derivative(z[2] ** 2, z[i + 1]), {n: 3}, {i: 3})


def test_second_derivatives_nest_in_either_order():
    once = Derivative(log(Sum(exp(z[l]), (l, 1, n))), z[i])
    twice = Derivative(once, z[j])
    for row, column in itertools.product(range(1, 4), repeat=2):
        expected = SOFTMAX[row] * (int(row == column) - SOFTMAX[column])
        assert value_at(twice, {n: 3}, {i: row, j: column}, LOGITS) == expected
    inside = Derivative(once * z[1], z[1])
    expected = SOFTMAX[1] * (1 - SOFTMAX[1]) * log(2) + SOFTMAX[1]
    assert value_at(inside, {n: 3}, {i: 1}, LOGITS).equals(expected)


def test_derivative_with_respect_to_a_symbol_and_a_matrix_entry():
    sigma = 1 / (1 + exp(-x))
    assert value_at(Derivative(sigma, x), {}, {}, {x: log(3)}) == Rational(3, 16)
    layer = Sum(W[i, k] * inputs[k], (k, 1, m))
    entry = Derivative(layer, W[j, l])
    sizes = {n: 2, m: 3}
    assert write_out(entry, sizes, {i: 1, j: 1, l: 3}) == plain("x_3")
    assert write_out(entry, sizes, {i: 1, j: 2, l: 3}) == 0


def test_derivative_with_respect_to_an_index_or_size_is_refused():
    with pytest.raises(ValueError, match="index or size"):
        write_out(Derivative(i**2, i), {}, {i: 2})


def test_definition_is_expanded_and_its_dummy_does_not_capture():
    values = [value_at(a[j], {n: 3}, {j: at}, LOGITS, [softmax_definition]) for at in (1, 2, 3)]
    assert values == SOFTMAX[1:]
    total = Sum(a[l], (l, 1, n))
    assert value_at(total, {n: 3}, {}, LOGITS, [softmax_definition]) == 1


def test_derivative_goes_through_a_definition_unless_it_is_with_respect_to_it():
    loss = Symbol("C", real=True)
    cross_entropy = Eq(loss, -Sum(y[k] * log(a[k]), (k, 1, n)), evaluate=False)
    given = [softmax_definition, cross_entropy]
    values = {**LOGITS, **TARGETS}
    for at in (1, 2, 3):
        partial = value_at(Derivative(loss, a[j]), {n: 3}, {j: at}, values, given)
        assert partial == -TARGETS[y[at]] / SOFTMAX[at]
        total = value_at(Derivative(loss, z[j]), {n: 3}, {j: at}, values, given)
        assert total == SOFTMAX[at] - TARGETS[y[at]]
    chain = Sum(Derivative(loss, a[k]) * Derivative(a[k], z[j]), (k, 1, n))
    assert value_at(chain, {n: 3}, {j: 2}, values, given) == SOFTMAX[2] - TARGETS[y[2]]
    assert value_at(Derivative(a[j], a[i]), {n: 3}, {i: 1, j: 1}, values, given) == 1
    assert value_at(Derivative(a[j], a[i]), {n: 3}, {i: 1, j: 2}, values, given) == 0


def test_definition_reads_free_indices_from_outside_and_not_from_a_dummy():
    loss = Symbol("C", real=True)
    hard = Eq(loss, -log(u[k]), evaluate=False)
    values = {u[1]: Integer(2), u[2]: Integer(3)}
    assert value_at(Sum(loss, (k, 1, n)), {n: 2}, {k: 2}, values, [hard]) == -2 * log(3)


def test_definitions_that_define_nothing_or_themselves_are_refused():
    with pytest.raises(ValueError, match="circular"):
        write_out(a[1], {n: 2}, {}, [Eq(a[j], z[j]), Eq(z[j], a[j])])
    with pytest.raises(ValueError, match="expected Eq"):
        write_out(a[1], {n: 2}, {}, [Eq(Sum(y[l], (l, 1, n)), 1, evaluate=False)])
    with pytest.raises(ValueError, match="expected Eq"):
        write_out(W[1, 1], {n: 2, m: 2}, {}, [Eq(W[i, i], 1, evaluate=False)])


def test_mixed_derivative_through_a_definition_is_refused_since_its_order_is_lost():
    mixed = Derivative(Derivative(a[1] ** 2, a[1]), z[1])
    with pytest.raises(ValueError, match="order"):
        write_out(mixed, {n: 2}, {}, [softmax_definition])


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        (log(x), -2),
        (Pow(x, Rational(1, 2)), -2),
        (1 / x, 0),
        (x / x**2, 0),
        (Derivative(log(x), x), -2),
        (Derivative(Max(x, 0), x), 0),
        (log(x - 4), 4),
        (1 / (1 + 1 / x), 0),
    ],
)
def test_what_is_undefined_at_the_point_is_refused(expr, value):
    with pytest.raises(ValueError, match=r"undefined|not real|no derivative"):
        value_at(expr, {}, {}, {x: Integer(value)})


def test_derivative_beside_a_kink():
    assert value_at(Derivative(Max(x, 0), x), {}, {}, {x: Integer(-3)}) == 0
    assert value_at(Derivative(Max(x, 0), x), {}, {}, {x: Integer(3)}) == 1


def test_tanh_of_a_logarithm_is_rational():
    assert value_at(tanh(x), {}, {}, {x: log(2)}) == Rational(3, 5)


def test_sign_is_exact():
    assert sign_of(log(6) - log(2) - log(3)) == 0
    assert sign_of(log(Rational(3, 10)) + log(10) - log(3)) == 0
    assert sign_of(log(2) / (1 + log(3)) - log(4) / log(9 * exp(2))) == 0
    assert sign_of(Rational(1, 10**13)) == 1
    assert sign_of(log(2) + log(3) - log(6) - Rational(1, 10**13)) == -1
    assert sign_of(2 ** Rational(1, 2) * 3 ** Rational(1, 2) - 6 ** Rational(1, 2)) == 0


def test_sign_that_cannot_be_told_is_none():
    nested = (5 + 2 * 6 ** Rational(1, 2)) ** Rational(1, 2)
    assert sign_of(nested - 2 ** Rational(1, 2) - 3 ** Rational(1, 2)) in (0, None)


def test_sizes_are_told_from_indices():
    low, high = symbols("low high", integer=True)
    batch = IndexedBase("Y", shape=(N, n), real=True)
    assert sizes_of(batch[t, k], b[j]) == (N, n)
    assert sizes_of(Sum(batch[1, l], (l, 1, i)) + z[i]) == (N, n)
    assert sizes_of(Sum(1, (l, low, high))) == (high, low)
    assert sizes_of(exp(x)) == ()
