import pytest
from sympy import IndexedBase, Ne, Symbol

from gradproof.facts import Facts
from gradproof.notation import T, i, inputs, j, n, x, z
from gradproof.polynomials import CONSTANT, FREE, BudgetExceeded, add, constant, from_atom, scale
from gradproof.shapes import Shapes


def facts(*expressions, **options):
    return Facts(Shapes(expressions or (z[i], z[j])), **options)


def test_two_things_with_one_letter_get_two_names():
    known = facts()
    other = IndexedBase("z", shape=(3,), real=True)
    assert known.name(z) == "z"
    assert known.name(other) == "z'"
    assert known.name(Symbol("x")) != known.name(x)
    assert known.name(inputs) == "x"  # an array and a scalar never meet


def test_an_index_is_in_range_only_if_that_is_known():
    known = facts(z[i] + z[3])
    assert known.in_range((FREE, known.name(i)), known.name(n))
    assert not known.in_range((FREE, known.name(j)), known.name(n))
    assert known.in_range((CONSTANT, 3), known.name(n))
    assert not known.in_range((CONSTANT, 4), known.name(n))


def test_two_unequal_indices_make_the_size_at_least_two():
    pair = ((FREE, "i"), (FREE, "j"))
    known = facts(unequal={pair: Ne(i, j)})
    for index in (i, j):
        known.name(index)
    assert known.least(known.name(n)) == 2
    assert known.used == [Ne(i, j)]
    plain = facts()
    assert plain.least(plain.name(n)) == 1


def test_signs_come_from_assumptions_hypotheses_and_structure():
    known = facts(signs={z: ("0+", "hypothesis")})
    temperature = from_atom(("sym", known.name(T)))
    entry = from_atom(("idx", known.name(z), ((FREE, known.name(i)),)))
    unknown = from_atom(("sym", known.name(x)))
    assert known.sign(temperature) == "+"
    assert known.sign(entry) == "0+"
    assert known.used == ["hypothesis"]
    assert known.sign(add(temperature, entry)) == "+"
    assert known.sign(scale(add(temperature, constant(2)), -1)) == "-"
    assert known.sign(add(temperature, constant(-1))) is None
    assert known.sign(unknown) is None
    assert known.sign(from_atom(("sym", known.name(x)), 2)) == "0+"
    assert known.sign({}) == "0"


def test_the_budget_ends_the_work():
    known = facts(budget=10)
    known.spend(10)
    with pytest.raises(BudgetExceeded, match="work limit"):
        known.spend(1)
