"""Which axis an index runs over, and the error for an index on two different axes.

>>> from gradproof.notation import i, inputs, z
>>> Shapes([z[i]]).ranges
{i: n}
>>> Shapes([z[i] * inputs[i]])
Traceback (most recent call last):
    ...
gradproof.shapes.ShapeError: index i runs over 1..m in x[i] but over 1..n in z[i]
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy
from sympy import Expr, Symbol
from sympy.core.relational import Relational
from sympy.tensor.indexed import Indexed, IndexedBase


class ShapeError(ValueError):
    """An index is used on axes of different sizes, outside its axis, or chosen by data."""


class Shapes:
    """Which axis every index runs over, read off the expressions of a relation.

    Attributes
    ----------
    ranges : dict
        Free index symbol -> size of the axes it indexes.
    minimum : dict
        Size symbol -> least value for which every written index exists.
    """

    def __init__(self, expressions: Iterable, index_bounds: Iterable = ()):
        self.ranges: dict[Symbol, Expr] = {}
        self.minimum: dict[Symbol, int] = {}
        expressions = list(expressions)
        self.sizes: set[Symbol] = {
            s
            for e in expressions
            for base in e.atoms(IndexedBase)
            for s in base.shape or ()
            if isinstance(s, Symbol)
        }
        self._where: dict[Symbol, str] = {}
        index_bounds = list(index_bounds)
        self._indices = {symbol for symbol, _ in index_bounds} | {
            s
            for e in expressions
            for indexed in e.atoms(Indexed)
            for index in indexed.indices
            for s in index.free_symbols
        }
        for symbol, size in index_bounds:
            self._note(symbol, size, "its hypotheses", {})
        for expression in expressions:
            self._walk(expression, {})

    def at_least(self, size, least: int) -> None:
        """Record that the relation only makes sense for ``size >= least``."""
        if isinstance(size, Symbol):
            self.minimum[size] = max(least, self.minimum.get(size, 1))
        elif size < least:
            raise ShapeError(f"index {least} is outside an axis of size {size}")

    def _note(self, index, size, what: str, bound: dict) -> None:
        if isinstance(size, Symbol):
            self.sizes.add(size)
        if index.is_Integer:
            if index < 1:
                raise ShapeError(f"{what}: index {index} is outside the axis 1..{size}")
            self.at_least(size, int(index))
        elif isinstance(index, Symbol):
            if index in bound:
                known, place = bound[index], f"the sum over {index}"
                if known is None:
                    return
                if known.is_Integer:
                    self.at_least(size, int(known))
                    return
            elif index == size:
                return  # z[n], the last entry
            else:
                known, place = self.ranges.get(index), self._where.get(index)
            if known is None:
                self.ranges[index], self._where[index] = size, what
            elif known != size:
                raise ShapeError(
                    f"index {index} runs over 1..{known} in {place} but over 1..{size} in {what}"
                )

    def _walk(self, node, bound: dict) -> None:
        if isinstance(node, Indexed):
            shape = node.base.shape
            if shape is None:
                raise ShapeError(f"{node.base} has no shape: declare IndexedBase(..., shape=(n,))")
            for size, index in zip(shape, node.indices, strict=True):
                if index.has(IndexedBase):
                    raise ShapeError(
                        f"{node}: expected an index made of symbols and numbers, got {index}; "
                        f"what data choose is a sum over a one-hot array, as in "
                        f"Sum(y[i]*W[i, k], (i, 1, n))"
                    )
                self._note(index, size, str(node), bound)
        elif isinstance(node, sympy.Sum):
            inner = dict(bound)
            for limit in reversed(node.limits):
                inner[limit[0]] = self._range(limit[2], inner)
            self._walk(node.function, inner)
        elif isinstance(node, sympy.Derivative):
            for part in (node.expr, *node.variables):
                self._walk(part, bound)
        elif isinstance(node, (Expr, Relational)):
            for part in node.args:
                self._walk(part, bound)

    def _range(self, high, bound: dict):
        """Return the size k runs over: a symbol, a number, or None if an index bounds it."""
        sizes = high.free_symbols
        if sizes & (self._indices - self.sizes) or sizes & bound.keys() or len(sizes) > 1:
            return None
        if not sizes:
            return high
        (size,) = sizes
        self.sizes.add(size)
        return size
