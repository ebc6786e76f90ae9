"""Interval evaluation of an expression at one exact point, derivatives included.

The search for counterexamples needs thousands of values and must never be fooled by
rounding. Every number here is an interval of 120 bits that certainly contains the true
value, so two disjoint intervals are a proof that two sides differ. Derivatives are taken
by dual numbers, not by the differentiation rules of `indexed_sums`: the two routes share
no code.

    >>> from sympy import Rational, exp, log
    >>> from gradproof.notation import n, z
    >>> point = Point({n: 2}, {}, {z[1]: log(3), z[2]: Rational(1, 2)})
    >>> disjoint(value(exp(z[1]), point), value(exp(z[2]), point))
    True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import sympy
from mpmath.libmp import from_int, mpf_le, mpf_lt, to_str
from mpmath.libmp.libmpi import (
    mpi_add,
    mpi_div,
    mpi_exp,
    mpi_log,
    mpi_mul,
    mpi_pow_int,
    mpi_sub,
)
from sympy import Expr, Symbol
from sympy.tensor.indexed import Indexed

BITS = 120


class Undefined(ArithmeticError):
    """The expression has no real value at this point, or none that can be told."""


@dataclass
class Point:
    """A point: sizes, free indices and exact values, with the definitions in force.

    Attributes
    ----------
    sizes : dict of Symbol to int
    indices : dict of Symbol to int
    values : dict of Indexed or Symbol to exact Expr
    definitions : dict of IndexedBase or Symbol to (formal indices, expression)
    work : list of one int
        How many more nodes may be evaluated; points of one search share it.
    """

    sizes: Mapping[Symbol, int]
    indices: Mapping[Symbol, int]
    values: Mapping
    definitions: Mapping = field(default_factory=dict)
    work: list = field(default_factory=lambda: [10**7])


def _exact(p: int, q: int = 1):
    top = from_int(p)
    if q == 1:
        return top, top
    bottom = from_int(q)
    return mpi_div((top, top), (bottom, bottom), BITS)


ZERO, UNIT = _exact(0), _exact(1)


class _Dual:
    """value + slope * epsilon, one epsilon for each nesting level of derivatives."""

    __slots__ = ("level", "slope", "value")

    def __init__(self, value, slope, level):
        self.value, self.slope, self.level = value, slope, level


def _level(x) -> int:
    return x.level if isinstance(x, _Dual) else 0


def _parts(x, level):
    return (x.value, x.slope) if _level(x) == level else (x, ZERO)


def _real(x):
    return _real(x.value) if isinstance(x, _Dual) else x


def _add(x, y):
    level = max(_level(x), _level(y))
    if not level:
        return mpi_add(x, y, BITS)
    (xv, xs), (yv, ys) = _parts(x, level), _parts(y, level)
    return _Dual(_add(xv, yv), _add(xs, ys), level)


def _mul(x, y):
    level = max(_level(x), _level(y))
    if not level:
        return mpi_mul(x, y, BITS)
    (xv, xs), (yv, ys) = _parts(x, level), _parts(y, level)
    return _Dual(_mul(xv, yv), _add(_mul(xs, yv), _mul(xv, ys)), level)


def _apply(x, function, slope):
    """Apply a function with a known derivative, ``slope(x)``."""
    if not _level(x):
        return function(x)
    return _Dual(_apply(x.value, function, slope), _mul(slope(x.value), x.slope), x.level)


def _plain_exp(x):
    if mpf_lt(from_int(10_000), x[1]):
        raise Undefined("exp of more than 10000")
    return mpi_exp(x, BITS)


def _plain_log(x):
    if not mpf_lt(ZERO[0], x[0]):
        raise Undefined("log of a number that is not positive")
    return mpi_log(x, BITS)


def _exp(x):
    return _apply(x, _plain_exp, _exp)


def _log(x):
    return _apply(x, _plain_log, lambda v: _power(v, -1))


def _power(x, exponent: int):
    def function(v):
        if exponent < 0 and mpf_le(v[0], ZERO[0]) and mpf_le(ZERO[0], v[1]):
            raise Undefined("division by zero")
        if exponent < 0:
            return mpi_div(UNIT, mpi_pow_int(v, -exponent, BITS), BITS)
        return mpi_pow_int(v, exponent, BITS)

    return _apply(x, function, lambda v: _mul(_exact(exponent), _power(v, exponent - 1)))


@lru_cache(maxsize=4096)
def _number(e: Expr):
    """Return the interval of an exact number such as log(3) or 2/7."""
    return _Evaluator(Point({}, {}, {})).of(e, {})


def _extreme(x, y, smallest: bool):
    """Return the maximum of two intervals, or their minimum."""
    return tuple(s if mpf_lt(s, t) == smallest else t for s, t in zip(x, y, strict=True))


class _Evaluator:
    def __init__(self, point: Point):
        self.point = point
        self.seeded: dict = {}  # variable -> dual, inside a derivative
        self.freed: frozenset = frozenset()
        self.depth = 0

    def index(self, e, bound) -> int:
        if e.is_Integer:
            return int(e)
        for known in (bound, self.point.indices, self.point.sizes):
            if e in known:
                return known[e]
        if isinstance(e, Symbol):
            raise Undefined(f"no value for index {e}")
        return self.index(
            e.xreplace({s: sympy.Integer(self.index(s, bound)) for s in e.free_symbols}), bound
        )

    def variable(self, thing, indices: tuple):
        """Return the value of an entry or a symbol."""
        key = thing[indices] if indices else thing
        if key in self.seeded:
            return self.seeded[key]
        if thing in self.point.definitions and thing not in self.freed:
            formal, expression = self.point.definitions[thing][:2]
            return self.of(expression, dict(zip(formal, indices, strict=True)))
        if key in self.point.values:
            return _number(self.point.values[key])
        if thing in self.point.definitions:  # a free coordinate, at the value it is defined to have
            formal, expression = self.point.definitions[thing][:2]
            freed, self.freed = self.freed, self.freed - {thing}
            try:
                return self.of(expression, dict(zip(formal, indices, strict=True)))
            finally:
                self.freed = freed
        raise Undefined(f"no value for {key}")

    def of(self, e, bound):
        self.point.work[0] -= 1
        if self.point.work[0] < 0:
            raise Undefined("the work limit is reached")
        if e.is_Rational:
            return _exact(int(e.p), int(e.q))
        if isinstance(e, Indexed):
            indices = tuple(self.index(ix, bound) for ix in e.indices)
            for ix, size in zip(indices, e.base.shape, strict=True):
                if not 1 <= ix <= self.index(size, {}):
                    raise Undefined(f"{e} is outside its axis at index {ix}")
            return self.variable(e.base, indices)
        if isinstance(e, Symbol):
            if e in bound or e in self.point.indices or e in self.point.sizes:
                return _exact(self.index(e, bound))
            return self.variable(e, ())
        if e.is_Add:
            total = ZERO
            for arg in e.args:
                total = _add(total, self.of(arg, bound))
            return total
        if e.is_Mul:
            total = UNIT
            for arg in e.args:
                total = _mul(total, self.of(arg, bound))
            return total
        if e.is_Pow:
            return self.power(e, bound)
        if isinstance(e, sympy.exp):
            return _exp(self.of(e.args[0], bound))
        if isinstance(e, sympy.log) and len(e.args) == 1:
            return _log(self.of(e.args[0], bound))
        if isinstance(e, sympy.tanh):
            square = _exp(_mul(_exact(2), self.of(e.args[0], bound)))
            return _mul(_add(square, _exact(-1)), _power(_add(square, UNIT), -1))
        if isinstance(e, sympy.KroneckerDelta):
            return _exact(int(self.index(e.args[0], bound) == self.index(e.args[1], bound)))
        if isinstance(e, sympy.Sum):
            return self.sum(e.function, list(e.limits), bound)
        if isinstance(e, sympy.Derivative):
            variables = [v for v, count in e.variable_count for _ in range(int(count))]
            return self.derivative(e.expr, variables, bound)
        if isinstance(e, (sympy.Abs, sympy.Max, sympy.Min)):
            return self.choice(e, bound)
        if isinstance(e, sympy.Heaviside):
            return self.step(e.args[0], bound)
        if e is sympy.S.Exp1:
            return _exp(UNIT)
        raise Undefined(f"{type(e).__name__} has no interval value here")

    def choice(self, e, bound):
        """Return absolute value, maximum or minimum; a slope only where the branch is certain."""
        if isinstance(e, sympy.Abs):
            x = self.of(e.args[0], bound)
            branches = [x, _mul(_exact(-1), x)]
        else:
            branches = [self.of(arg, bound) for arg in e.args]
        best = branches[0]
        for other in branches[1:]:
            if not (_level(best) or _level(other)):  # values, with no slope to choose
                best = _extreme(best, other, isinstance(e, sympy.Min))
                continue
            x, y = _real(best), _real(other)
            if not disjoint(x, y):
                raise Undefined("a tie between the branches")
            best = other if certainly_less(x, y) != isinstance(e, sympy.Min) else best
        return best

    def step(self, e, bound):
        x = _real(self.of(e, bound))
        if not disjoint(x, ZERO):
            raise Undefined("a step at 0")
        return UNIT if certainly_less(ZERO, x) else ZERO

    def power(self, e, bound):
        base, exponent = e.args
        x = self.of(base, bound)
        if exponent.is_Integer:
            return _power(x, int(exponent))
        return _exp(_mul(self.of(exponent, bound), _log(x)))

    def sum(self, function, limits, bound):
        if not limits:
            return self.of(function, bound)
        k, low, high = limits[-1]
        total = ZERO
        for step in range(self.index(low, bound), self.index(high, bound) + 1):
            total = _add(total, self.sum(function, limits[:-1], {**bound, k: step}))
        return total

    def derivative(self, expr, variables, bound):
        if not variables:
            return self.of(expr, bound)
        *rest, last = variables
        if isinstance(last, Indexed):
            thing, indices = last.base, tuple(self.index(ix, bound) for ix in last.indices)
            key = thing[indices]
        else:
            thing, indices, key = last, (), last
        saved = self.seeded, self.freed, self.depth
        here = self.variable(thing, indices)
        self.depth += 1
        self.freed = self.freed | {thing}
        self.seeded = {**self.seeded, key: _Dual(here, UNIT, self.depth)}
        level = self.depth
        try:
            return _parts(self.derivative(expr, rest, bound), level)[1]
        finally:
            self.seeded, self.freed, self.depth = saved


def value(expr: Expr, point: Point, bound: Mapping | None = None):
    """Return an interval that contains the value of ``expr`` at ``point``.

    Parameters
    ----------
    expr : Expr
        The expression; sums, deltas and derivatives included.
    point : Point
        Sizes, indices, exact values and definitions.
    bound : mapping of Symbol to int
        Further indices, for a hypothesis quantified over them.

    Returns
    -------
    tuple
        Lower and upper end, as mpmath raw floats.

    Raises
    ------
    Undefined
        If the expression has no real value at the point.
    """
    return _Evaluator(point).of(expr, dict(bound or {}))


def disjoint(x, y) -> bool:
    """Whether two intervals have no number in common: the true values certainly differ."""
    return mpf_lt(x[1], y[0]) or mpf_lt(y[1], x[0])


def certainly_less(x, y) -> bool:
    """Whether every number of x is less than every number of y."""
    return mpf_lt(x[1], y[0])


def width_is_small(x) -> bool:
    """Whether the interval is narrower than 1e-20, relative to max(1, abs(x))."""
    spread = mpi_sub((x[1], x[1]), (x[0], x[0]), BITS)[1]
    size = max(abs(float(to_str(x[1], 5))), 1.0)
    return float(to_str(spread, 5)) < 1e-20 * size
