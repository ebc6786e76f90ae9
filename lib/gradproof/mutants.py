"""Plausible slips in a result: each one must be refuted, or the check proves nothing.

A check that cannot fail is worth nothing, so every claim of the book is also tried with its
result spoiled the way results are spoiled on paper: a lost sign or factor, a forgotten
delta, two indices swapped, one vector written for another, a sum that starts late.

    >>> from sympy import KroneckerDelta
    >>> from gradproof.notation import a, i, j
    >>> for mutant in mutants(a[j] * (KroneckerDelta(i, j) - a[i])):
    ...     print(mutant)
    flipped sign: -(KroneckerDelta(i, j) - a[i])*a[j]
    flipped sign of a term: (KroneckerDelta(i, j) + a[i])*a[j]
    dropped delta: -a[i]*a[j]
    constant delta: (1 - a[i])*a[j]
    shifted delta: (KroneckerDelta(i, j + 1) - a[i])*a[j]
    swapped indices: (KroneckerDelta(i, j) - a[j])*a[i]
    lost factor: a[j]
    dropped term: KroneckerDelta(i, j)*a[j]
    factor 2: 2*(KroneckerDelta(i, j) - a[i])*a[j]
    squared factor: (KroneckerDelta(i, j) - a[i])**2*a[j]
    flipped sign of a term: (-KroneckerDelta(i, j) - a[i])*a[j]
    lost factor: KroneckerDelta(i, j) - a[i]
    squared factor: (KroneckerDelta(i, j) - a[i])*a[j]**2
    squared factor: (KroneckerDelta(i, j) - a[i]**2)*a[j]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations, permutations, zip_longest

from sympy import (
    Add,
    Derivative,
    Eq,
    Expr,
    Ge,
    Gt,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    Le,
    Lt,
    Mul,
    Pow,
    Product,
    Rational,
    S,
    Sum,
    Symbol,
    evaluate,
    preorder_traversal,
    sympify,
)
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from gradproof.written_out import rebuilt

_REVERSED = {Ge: Le, Le: Ge, Gt: Lt, Lt: Gt}


@dataclass(frozen=True)
class Mutant:
    """A spoiled expression or relation and the name of the slip that spoiled it."""

    name: str
    expr: Basic

    def __str__(self) -> str:
        """Name the slip and print what it makes of the expression."""
        return f"{self.name}: {self.expr}"


def mutants(expr: Expr) -> tuple[Mutant, ...]:
    """Return the slips that are possible in ``expr``, one of each kind first.

    Parameters
    ----------
    expr : Expr
        A result, in evaluated or unevaluated form.

    Returns
    -------
    tuple of Mutant
        In an order that depends on ``expr`` alone; all differ from
        ``expr`` and from each other in structure (some may still be equal to it).

    Raises
    ------
    ValueError
        If ``expr`` is no expression; a string is not parsed.

    Examples
    --------
    >>> from gradproof.notation import a, j, y
    >>> [mutant.name for mutant in mutants(a[j] - y[j])][:4]
    ['flipped sign', 'flipped sign of a term', 'a for y', 'dropped term']
    >>> print(*mutants(sympify(0)))
    one more: 1
    """
    with evaluate(True):
        if not isinstance(expr, Expr | int):
            raise ValueError(f"expr: expected a SymPy expression, got {expr!r}")
        expr = sympify(expr, strict=True)
        seen, found = {rebuilt(expr)}, []
        rounds = zip_longest(*(kind(expr) for kind in _KINDS))
        for mutant in filter(None, chain.from_iterable(rounds)):
            if mutant.expr not in seen:
                seen.add(mutant.expr)
                found.append(mutant)
        return tuple(found)


def relation_mutants(relation: Relational) -> tuple[Mutant, ...]:
    """Return the slips that are possible in a relation.

    Parameters
    ----------
    relation : Relational
        An equality, whose right side is spoiled, or an inequality, which is reversed or
        whose bound, the right side, is tightened by an eighth.

    Returns
    -------
    tuple of Mutant
        Relations built with ``evaluate=False``.

    Raises
    ------
    ValueError
        If ``relation`` is none of Eq, Ge, Gt, Le and Lt.

    Examples
    --------
    >>> from sympy import Lt
    >>> from gradproof.notation import a, j
    >>> print(*relation_mutants(Lt(a[j], 1)), sep="; ")
    reversed relation: a[j] > 1; tightened bound: a[j] < 7/8
    """
    kind = type(relation)
    if kind is not Eq and kind not in _REVERSED:
        raise ValueError(f"relation: expected Eq, Ge, Gt, Le or Lt, got {relation!r}")
    left, right = relation.args
    if kind is Eq:
        return tuple(
            Mutant(mutant.name, Eq(left, mutant.expr, evaluate=False)) for mutant in mutants(right)
        )
    with evaluate(True):
        tighter = rebuilt(right) + Rational(1 if kind in (Ge, Gt) else -1, 8)
    return (
        Mutant("reversed relation", _REVERSED[kind](left, right, evaluate=False)),
        Mutant("tightened bound", kind(left, tighter, evaluate=False)),
    )


Plug = Callable[[Expr], Expr]


def _sites(expr: Expr, plug: Plug = rebuilt) -> Iterator[tuple[Expr, Plug]]:
    """Yield each subexpression with the function that puts another one in its place."""
    yield expr, plug
    if isinstance(expr, Indexed | KroneckerDelta):
        return
    inside = expr.args[:1] if isinstance(expr, Sum | Product | Derivative) else expr.args
    for position, part in enumerate(inside):

        def plug_here(new: Expr, position: int = position) -> Expr:
            return plug(expr.func(*expr.args[:position], new, *expr.args[position + 1 :]))

        yield from _sites(part, plug_here)


def _without(expr: Add | Mul, position: int) -> Expr:
    return expr.func(*expr.args[:position], *expr.args[position + 1 :])


def _whole(name: str, spoil: Callable[[Expr], Expr]) -> Callable[[Expr], Iterator[Mutant]]:
    def kind(expr: Expr) -> Iterator[Mutant]:
        yield Mutant(name, rebuilt(spoil(rebuilt(expr))))

    return kind


def _at_sites(
    name: str, types: type | tuple[type, ...], spoil: Callable[[Expr], Iterator[Expr]]
) -> Callable[[Expr], Iterator[Mutant]]:
    def kind(expr: Expr) -> Iterator[Mutant]:
        for site, plug in _sites(expr):
            if isinstance(site, types):
                yield from (Mutant(name, plug(spoiled)) for spoiled in spoil(site))

    return kind


def _flip_terms(total: Add) -> Iterator[Expr]:
    for position, term in enumerate(total.args):
        yield Add(_without(total, position), -term)


def _shift_delta(delta: KroneckerDelta) -> Iterator[Expr]:
    first, second = sorted(delta.args[:2], key=str)
    yield KroneckerDelta(first, second + 1)


def _drop_terms(total: Add) -> Iterator[Expr]:
    for position in range(len(total.args)):
        yield _without(total, position)


def _lose_factors(product: Mul) -> Iterator[Expr]:
    factors = [p for p, factor in enumerate(product.args) if factor not in (S.One, S.NegativeOne)]
    if len(factors) > 1:
        yield from (_without(product, position) for position in factors)


def _square_factors(product: Mul) -> Iterator[Expr]:
    for position, factor in enumerate(product.args):
        if not factor.is_number:
            yield Mul(_without(product, position), factor**2)


def _lose_power(power: Pow) -> Iterator[Expr]:
    exponent = power.exp
    if exponent.is_Rational and abs(exponent) != 1:
        yield power.base if exponent.is_positive else 1 / power.base


def _start_late(series: Sum | Product) -> Iterator[Expr]:
    for position, (index, low, high) in enumerate(series.limits):
        limits = list(series.limits)
        limits[position] = (index, low + 1, high)
        yield series.func(series.function, *limits)


def _one_more(expr: Expr) -> Iterator[Mutant]:
    if expr.is_number:
        yield Mutant("one more", rebuilt(expr) + 1)


def _swap_indices(expr: Expr) -> Iterator[Mutant]:
    """Swap two free indices that run over axes of the same sizes."""
    sizes: dict[Symbol, set] = {}
    deltas = expr.atoms(KroneckerDelta)
    for entry in expr.atoms(Indexed):
        for index, size in zip(entry.indices, entry.base.shape or (), strict=False):
            if index.is_Symbol:
                sizes.setdefault(index, set()).add(size)
    for delta in deltas:
        first, second = delta.args[:2]
        for index, other in ((first, second), (second, first)):
            if index.is_Symbol:
                sizes.setdefault(index, set()).update(sizes.get(other, ()))
    free = sorted(sizes.keys() & expr.free_symbols, key=str)
    for first, second in combinations(free, 2):
        if sizes[first] == sizes[second]:
            swapped = rebuilt(expr).xreplace({first: second, second: first})
            yield Mutant("swapped indices", rebuilt(swapped))


def _swap_bases(expr: Expr) -> Iterator[Mutant]:
    """Write one base for every occurrence of another of the same shape."""
    bases = {part for part in preorder_traversal(expr) if isinstance(part, IndexedBase)}
    for wrong, right in permutations(sorted(bases, key=str), 2):
        if wrong.shape == right.shape:
            spoiled = expr.xreplace({right: wrong})
            yield Mutant(f"{wrong} for {right}", rebuilt(spoiled))


def _transpose(entry: Indexed) -> Iterator[Expr]:
    if entry.rank == 2 and entry.base.shape and len(set(entry.base.shape)) == 1:
        yield entry.base[entry.indices[::-1]]


_KINDS = (
    _whole("flipped sign", lambda expr: -expr),
    _at_sites("flipped sign of a term", Add, _flip_terms),
    _at_sites("dropped delta", KroneckerDelta, lambda delta: iter([S.Zero])),
    _at_sites("constant delta", KroneckerDelta, lambda delta: iter([S.One])),
    _at_sites("shifted delta", KroneckerDelta, _shift_delta),
    _swap_indices,
    _at_sites("lost factor", Mul, _lose_factors),
    _swap_bases,
    _at_sites("transposed", Indexed, _transpose),
    _at_sites("dropped term", Add, _drop_terms),
    _whole("factor 2", lambda expr: 2 * expr),
    _at_sites("squared factor", Mul, _square_factors),
    _at_sites("lost power", Pow, _lose_power),
    _at_sites("sum from the second term", (Sum, Product), _start_late),
    _one_more,
)
