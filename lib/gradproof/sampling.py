"""Exact asymmetric points, and the search for one that refutes a relation.

Whatever stands inside an exponential gets the logarithm of an integer, so that softmax is
rational; everything else gets a small fraction. Entries are distinct as a rule, targets soft and
unequal: equal logits and one-hot targets hide wrong formulas.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from random import Random

import sympy
from sympy import Eq, Expr, Ge, Gt, Indexed, IndexedBase, Le, Lt, Rational, Symbol, log
from sympy.core.relational import Relational

from gradproof.hypotheses import Hypotheses, free_indices, index_symbols
from gradproof.intervals import Point, Undefined, certainly_less, disjoint, value, width_is_small
from gradproof.shapes import Shapes
from gradproof.written_out import sign_of, value_at

# How hard to look for a counterexample: sizes, draws for each, index choices for each draw.
QUICK = ((2, 3, 1), 1, 3)
WIDER = ((4, 7, 5), 1, 2)  # once there is a proof: it has to survive these as well
THOROUGH = ((2, 3, 4, 5, 7, 8, 1), 5, 6)
STYLES = ("gentle", "mixed", "unit", "wide", "equal")
MOST_EXPONENT = 200  # integers in exponents that exact arithmetic is asked to bear
MOST_CELLS = 2000  # entries of all arrays at one point, at most
WORK = 150_000  # nodes evaluated in one search, at most
EXACT_WORK = 300  # what meeting an equation exactly is counted as


@dataclass(frozen=True)
class Counterexample:
    """A point at which a relation fails, with both sides, all exact.

    Attributes
    ----------
    sizes : dict of Symbol to int
    indices : dict of Symbol to int
    values : dict of Indexed or Symbol to Expr
    lhs, rhs : Expr
        The exact values of the two sides.
    """

    sizes: dict
    indices: dict
    values: dict
    lhs: Expr
    rhs: Expr

    def __str__(self) -> str:
        parts = [f"{s} = {c}" for s, c in {**self.sizes, **self.indices}.items()]
        for thing in dict.fromkeys(e.base if isinstance(e, Indexed) else e for e in self.values):
            entries = {e: x for e, x in self.values.items() if getattr(e, "base", e) == thing}
            parts.append(f"{getattr(thing, 'label', thing)} = {_nested(entries)}")
        where = ", ".join(parts) + ": " if parts else ""
        return f"{where}left side {_show(self.lhs)}, right side {_show(self.rhs)}"


def _show(e: Expr) -> str:
    """Return a number as text, with a decimal beside anything long."""
    text = str(e)
    if len(text) <= 24 and not e.has(sympy.exp, sympy.log):
        return text
    return f"about {float(e):.15g}"


def _nested(entries: dict) -> str:
    (first, *_), values = entries, list(entries.values())
    if not isinstance(first, Indexed):
        return str(values[0])
    if len(first.indices) == 1:
        return "(" + ", ".join(map(str, values)) + ("," if len(values) == 1 else "") + ")"
    rows: dict = {}
    for e, x in entries.items():
        rows.setdefault(e.indices[:-1], []).append(str(x))
    return "(" + ", ".join("(" + ", ".join(row) + ")" for row in rows.values()) + ")"


class _Recorded(dict):
    """A dict that remembers which keys were asked for."""

    def __init__(self, items):
        super().__init__(items)
        self.asked = set()

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)


class Sampler:
    """Exact points for a relation that satisfy its hypotheses.

    Parameters
    ----------
    relation : Relational
    hypotheses : Hypotheses
    shapes : Shapes
    """

    def __init__(self, relation: Relational, hypotheses: Hypotheses, shapes: Shapes):
        self.relation, self.hypotheses, self.shapes = relation, hypotheses, shapes
        everything = [relation, *(h for h in hypotheses.all if h not in hypotheses.lemmas)]
        self.facts = (
            *hypotheses.unequal,
            *hypotheses.equal,
            *hypotheses.index_facts,
            *(h for *_, h in hypotheses.index_bounds),
        )
        spoken_of = set().union(*(f.atoms(Symbol) for f in self.facts)) - shapes.sizes
        indices = index_symbols(*everything) | spoken_of
        self.sizes = sorted({s for s in shapes.sizes if any(e.has(s) for e in everything)}, key=str)
        self.bases, self.scalars = [], []
        labels = {base.label for e in everything for base in e.atoms(IndexedBase)}
        for e in everything:
            for base in sorted(e.atoms(IndexedBase), key=str):
                if base not in self.bases and base not in hypotheses.definitions:
                    self.bases.append(base)
            for s in sorted(e.atoms(Symbol), key=str):
                plain = s not in indices and s not in shapes.sizes and s not in self.scalars
                if (
                    plain
                    and s not in hypotheses.definitions
                    and not (s in labels and not self._stands_alone(s, everything))
                ):
                    self.scalars.append(s)
        self.free = sorted(free_indices(relation) | spoken_of, key=str)
        self.work = [WORK]
        self.exponents, self.multipliers = self._inside_exponentials(everything)

    @staticmethod
    def _stands_alone(symbol, expressions) -> bool:
        """Whether a symbol occurs other than as the label of an IndexedBase."""
        stack = list(expressions)
        while stack:
            node = stack.pop()
            if node == symbol:
                return True
            stack += node.indices if isinstance(node, Indexed) else node.args
        return False

    @staticmethod
    def _inside_exponentials(expressions):
        """Return what stands inside exp or tanh: exponents, and the factors beside them."""
        exponents, multipliers = set(), set()
        for e in expressions:
            for node in e.atoms(sympy.exp, sympy.tanh):
                for term in sympy.preorder_traversal(node.args[0]):
                    if not (term.is_Mul or isinstance(term, (Indexed, Symbol))):
                        continue
                    factors = [
                        f.base if isinstance(f, Indexed) else f
                        for f in (term.args if term.is_Mul else (term,))
                        if isinstance(f, (Indexed, Symbol))
                    ]
                    # Of a product one factor is the exponent: the sum in it, or its first.
                    first = 0 if any(f.is_Add for f in term.args) else 1
                    if term.is_Mul:
                        multipliers.update(factors[first:])
                    exponents.update(factors[:first] if term.is_Mul else factors)
        return exponents - multipliers, multipliers

    def size_choices(self, candidates) -> Iterator[dict]:
        """Yield sizes for the relation's axes, unequal where there are several."""
        if not self.sizes:
            yield from ({} for _ in candidates if self._cells({}) <= MOST_CELLS)
            return
        for c in candidates:
            sizes = {}
            for place, s in enumerate(self.sizes):
                shifted = c if place == 0 else (3, 2, 4)[(c + place) % 3] if c > 1 else 1
                sizes[s] = max(shifted, self.shapes.minimum.get(s, 1))
            if self._cells(sizes) <= MOST_CELLS:
                yield sizes

    def _cells(self, sizes: dict) -> int:
        """Return how many entries all arrays have together."""
        axes = [[int(sizes.get(s, s)) for s in base.shape] for base in self.bases]
        return sum(prod(axis) for axis in axes) + sum(sizes.values())

    def index_choices(self, sizes: dict, random: Random, most: int) -> list[dict]:
        """Return index assignments that satisfy the hypotheses on indices, at most ``most``."""
        ranges = []
        for s in self.free:
            size = self.shapes.ranges.get(s)
            if size is None:
                top = max([*sizes.values(), 2])
                ranges.append(range(-1, top + 3))
            else:
                ranges.append(range(1, int(sizes.get(size, size)) + 1))
        total = 1
        for r in ranges:
            total *= len(r)
        if total <= 64:
            choices = [dict(zip(self.free, c, strict=True)) for c in product(*ranges)]
            random.shuffle(choices)
        else:
            choices = [
                {s: random.choice(r) for s, r in zip(self.free, ranges, strict=True)}
                for _ in range(4 * most)
            ]
        allowed = [c for c in choices if self._indices_allowed(c, sizes)]
        # A refutation at different indices tells more than one where all are equal.
        distinct = sorted(allowed, key=lambda c: -len(set(c.values())))
        return distinct[: most - 1] + distinct[-1:] if len(distinct) > most else distinct

    def _indices_allowed(self, choice: dict, sizes: dict) -> bool:
        return all(
            fact.xreplace({**_integers(choice), **_integers(sizes)}) != sympy.false
            for fact in self.facts
        )

    def values(self, sizes: dict, random: Random, style: str) -> dict:
        """Return exact values for every free entry and scalar."""
        result: dict = {}
        for base in self.bases:
            shape = [int(sizes.get(s, s)) for s in base.shape]
            cells = list(product(*(range(1, c + 1) for c in shape)))
            for cell, x in zip(cells, self._draw(base, len(cells), random, style), strict=True):
                result[base[cell]] = x
        for s in self.scalars:
            (result[s],) = self._draw(s, 1, random, style)
        return result

    def _draw(self, thing, count: int, random: Random, style: str) -> list:
        probe = thing[(1,) * len(thing.shape)] if isinstance(thing, IndexedBase) else thing
        sign = self.hypotheses.signs.get(thing, ("", None))[0]
        positive = probe.is_positive or sign in ("+", "0+") or probe.is_nonnegative
        negative = probe.is_negative or sign in ("-", "0-") or probe.is_nonpositive
        if style == "equal" and not probe.is_integer:
            same = thing in self.exponents or (self.exponents and isinstance(thing, Symbol))
            numbers = [log(3) if same else Rational(1, 2)] * count
        elif probe.is_integer or thing in self.multipliers:
            numbers = [sympy.Integer(c) for c in _distinct(random, range(1, count + 6), count)]
            if thing in self.multipliers and not positive and style != "gentle":
                numbers = [c * random.choice((1, -1)) for c in numbers]
        elif thing in self.exponents and style == "unit":  # exponents near 0
            numbers = [
                log(Rational(c + 16, 16)) for c in _distinct(random, range(1, count + 6), count)
            ]
            if not positive:
                numbers = [x * random.choice((1, -1)) for x in numbers]
        elif thing in self.exponents:
            pool = range(20, 20 * count + 100) if style == "wide" else range(2, count + 5)
            numbers = [log(c) for c in _distinct(random, pool, count)]
            if not positive and style != "gentle":
                numbers = [x * random.choice((1, -1)) for x in numbers]
        elif style == "unit":
            numbers = [Rational(random.randint(1, 9), 10 + c) for c in range(count)]
            random.shuffle(numbers)
        else:
            pool = range(10, 20 * count + 60) if style == "wide" else range(1, count + 8)
            tops = _distinct(random, pool, count)
            numbers = [Rational(c, random.choice((2, 3, 5, 7))) for c in tops]
            if not positive and style != "gentle":
                numbers = [x * random.choice((1, -1)) for x in numbers]
        return [-x if negative and x.is_positive else x for x in numbers]

    def points(self, candidates, draws: int, random: Random, most_indices: int) -> Iterator[Point]:
        """Yield points that satisfy every hypothesis."""
        definitions = self.hypotheses.definitions
        self.work = work = [WORK]
        attempts = 24
        for place, sizes in enumerate(self.size_choices(candidates)):
            for draw in range(draws):
                choices = self.index_choices(sizes, random, most_indices)
                if not choices:
                    break
                for attempt in range(attempts if work[0] > 0 else 0):
                    style = STYLES[(draw + place + attempt) % len(STYLES)]
                    values = self.values(sizes, random, style)
                    values = self._meet_equations(sizes, values)
                    if values is not None and self._satisfied(
                        Point(sizes, {}, values, definitions, work)
                    ):
                        for indices in choices:
                            yield Point(sizes, indices, values, definitions, work)
                        break
                else:
                    attempts = max(3, attempts // 2)  # hard to meet: do not try for ever

    def _meet_equations(self, sizes: dict, values: dict) -> dict | None:
        """Scale or shift entries until each linear equation holds exactly."""
        for equation in self.hypotheses.equations:
            for bound in _assignments(equation, sizes):
                values = self._meet(equation, sizes, bound, values)
                if values is None:
                    return None
        return values if all(map(_assumed, values, values.values())) else None

    def _meet(self, equation, sizes, bound, values) -> dict | None:
        definitions = [h for _, _, h in self.hypotheses.definitions.values()]

        def gap(trial):
            self.work[0] -= EXACT_WORK
            try:
                left, right = (
                    value_at(side, sizes, bound, trial, definitions) for side in equation.args
                )
            except (ValueError, ArithmeticError):
                return None
            return left - right

        here = gap(values)
        if here is None or here == 0:
            return values if here == 0 else None
        used = self._entries(equation, sizes, bound, values)
        for base in dict.fromkeys(getattr(e, "base", e) for e in used):
            mine = [e for e in used if getattr(e, "base", e) == base]
            zero = gap({**values, **dict.fromkeys(mine, sympy.S.Zero)})
            if zero is None or not (here - zero):
                continue
            factor = -zero / (here - zero)
            if factor.is_positive:
                trial = {**values, **{e: values[e] * factor for e in mine}}
                if gap(trial) == 0:
                    return trial
            last = mine[-1]
            zero = gap({**values, last: sympy.S.Zero})
            one = gap({**values, last: sympy.S.One})
            if zero is not None and one is not None and one != zero:
                trial = {**values, last: -zero / (one - zero)}
                if gap(trial) == 0:
                    return trial
        return None

    def _entries(self, equation, sizes, bound, values) -> list:
        """Return the values that an equation looks at."""
        seen = _Recorded(values)
        for side in equation.args:
            with contextlib.suppress(Undefined):
                value(side, Point(sizes, {}, seen, self.hypotheses.definitions), bound)
        return [e for e in values if e in seen.asked]

    def _satisfied(self, point: Point) -> bool:
        h = self.hypotheses
        for fact in [*h.about_values, *h.lemmas]:
            trials = [point]
            if fact in h.lemmas:
                trials = [
                    Point(point.sizes, {}, {**point.values, s: x}, point.definitions, point.work)
                    for s in fact.free_symbols
                    if s not in point.values
                    for x in _trial_values(s)
                ]
            for trial in trials:
                for bound in _assignments(fact, point.sizes):
                    if not holds(fact, trial, bound):
                        return False
        return True


def _assumed(thing: Indexed | Symbol, number: Expr) -> bool:
    """Whether a number has what is assumed of a symbol or entry."""
    assumed = ("positive", "negative", "nonnegative", "nonpositive", "nonzero", "integer")
    return not any(
        getattr(thing, f"is_{name}") and getattr(number, f"is_{name}") is False for name in assumed
    )


def _trial_values(s: Symbol) -> list:
    """Return values a lemma's scalar may take, of every sign its assumptions allow."""
    positive = [Rational(1, 3), sympy.S.One, Rational(5, 2), Rational(40)]
    values = [*positive, sympy.S.Zero, *(-x for x in positive)]
    refused = [(s.is_nonnegative, -1), (s.is_nonpositive, 1), (s.is_nonzero, 0)]
    return [x for x in values if not any(no and sympy.sign(x) == sign for no, sign in refused)]


def _integers(mapping: dict) -> dict:
    return {s: sympy.Integer(c) for s, c in mapping.items()}


def _distinct(random: Random, pool: range, count: int) -> list[int]:
    return random.sample(pool, count)


def _assignments(fact: Relational, sizes: dict) -> Iterator[dict]:
    """Yield every value of the indices a hypothesis is quantified over."""
    ranges = Shapes([fact]).ranges
    tops = [int(sizes.get(size, size)) for size in ranges.values()]
    for choice in product(*(range(1, top + 1) for top in tops)):
        yield dict(zip(ranges, choice, strict=True))


def holds(relation: Relational, point: Point, bound: dict | None = None) -> bool | None:
    """Whether a relation holds at a point: False only if it certainly does not.

    Returns
    -------
    bool or None
        None where neither can be told, for instance where a side is undefined.
    """
    try:
        left, right = value(relation.lhs, point, bound), value(relation.rhs, point, bound)
    except Undefined:
        return None
    if isinstance(relation, Eq):
        if disjoint(left, right):
            return False
        return True if width_is_small(left) and width_is_small(right) else None
    if isinstance(relation, (Le, Lt)):
        left, right = right, left
    if certainly_less(left, right):
        return False
    if certainly_less(right, left):
        return True
    # The two sides meet: a strict inequality is decided only by exact evaluation.
    return isinstance(relation, (Le, Ge)) or None


def _exact_sides(relation: Relational, point: Point) -> tuple[Expr, Expr] | None:
    """Return both sides with every sum written out, or None where one is undefined."""
    definitions = [h for _, _, h in point.definitions.values()]
    at = point.sizes, point.indices, point.values, definitions
    if any(_explodes(e) for e in (relation, *definitions)):
        return None
    try:
        return value_at(relation.lhs, *at), value_at(relation.rhs, *at)
    except (ValueError, ArithmeticError, NotImplementedError):
        return None


def _explodes(e) -> bool:
    """Whether an exact power would have thousands of digits, as in exp(10**6 * x)."""
    powers = [p.exp for p in e.atoms(sympy.Pow)] + [p.args[0] for p in e.atoms(sympy.exp)]
    return any(abs(c) > MOST_EXPONENT for p in powers for c in p.atoms(sympy.Integer))


def holds_exactly(relation: Relational, point: Point) -> bool | None:
    """Whether a relation holds at a point, by exact evaluation with every sum written out.

    Returns
    -------
    bool or None
        None where a side is undefined, or the sign of the difference cannot be told.
    """
    sides = _exact_sides(relation, point)
    sign = sign_of(sides[0] - sides[1]) if sides else None
    return None if sign is None else sign in _SIGNS_THAT_HOLD[type(relation)]


_SIGNS_THAT_HOLD = {Eq: (0,), Ge: (0, 1), Gt: (1,), Le: (-1, 0), Lt: (-1,)}


def counterexample_at(relation: Relational, point: Point) -> Counterexample:
    """Return the point as a counterexample, with the indices the relation mentions."""
    indices = {s: c for s, c in point.indices.items() if relation.has(s)}
    sides = _exact_sides(relation, point)
    return Counterexample(dict(point.sizes), indices, dict(point.values), *sides)


def search(
    relation: Relational, sampler: Sampler, effort: tuple
) -> tuple[Counterexample | None, int]:
    """Look for a point at which the relation fails.

    Parameters
    ----------
    relation : Relational
    sampler : Sampler
    effort : tuple
        `QUICK`, `WIDER` or `THOROUGH`.

    Returns
    -------
    counterexample : Counterexample or None
    points : int
        How many points satisfied every hypothesis and gave both sides a value.
    """
    random = Random(2018)
    sizes, draws, most = effort
    tried = 0
    for point in sampler.points(sizes, draws, random, most):
        verdict = holds(relation, point)
        doubtful = verdict is False or (verdict is None and isinstance(relation, (Gt, Lt)))
        if doubtful and holds_exactly(relation, point) is False:
            return counterexample_at(relation, point), tried + 1
        tried += verdict is not None
    return None, tried
