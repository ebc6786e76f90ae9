"""The numeric twin of a claim: NumPy against the formula, independent of any proof.

A proof says that two formulas are equal; it does not say that the code computes either.
The twin takes the NumPy function of the library and compares it, entry by entry, with

- the derivative of the *forward* function alone, by complex step or central differences,
- the claim's own sides, evaluated for all indices at once at points known exactly: logits
  are logarithms of distinct integers, targets are unequal fractions with sum one, other
  entries are small fractions, so that no symmetry of a point hides a wrong formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from inspect import signature
from math import prod

import numpy as np
from sympy import (
    Abs,
    Add,
    Derivative,
    Eq,
    Expr,
    Ge,
    Gt,
    Heaviside,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
    sign,
    sympify,
    tanh,
)
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from gradproof.gradient_check import (
    CENTRAL_DIFFERENCES,
    COMPLEX_STEP,
    TOLERANCE,
    numerical_jacobian,
)
from gradproof.hypotheses import expand_functions
from gradproof.written_out import rebuilt, sizes_of

SIZES = (2, 3, 5, 17, 64)
_SEED = 20
_EXACT = 1e-12
_FLOOR = {COMPLEX_STEP: 1e-14, CENTRAL_DIFFERENCES: 1e-8}  # rounding differs by machine
_MOST_ENTRIES = 2**22

_FOLDS = {Add: np.add, Mul: np.multiply, Max: np.maximum, Min: np.minimum}
_FUNCTIONS = {
    **_FOLDS,
    Pow: np.power,
    exp: np.exp,
    log: np.log,
    tanh: np.tanh,
    Abs: np.abs,
    sign: np.sign,
    Heaviside: np.heaviside,
    KroneckerDelta: lambda first, second: np.float64(first == second),
}


class NumericTwinError(ValueError):
    """The function and the claim disagree at a point."""


@dataclass(frozen=True)
class NumericResult:
    """What a numeric check established; ``max_error`` is an upper bound, a power of ten."""

    method: str
    points: int
    sizes: tuple[int, ...]
    max_error: float

    def __str__(self) -> str:
        """State the method, the points, the sizes and the error."""
        sizes = f" at sizes {', '.join(map(str, self.sizes))}" if self.sizes else ""
        return f"{self.method}: {self.points} points{sizes}, error at most {self.max_error:.0e}"


def evaluate_array(
    expr: Basic,
    arrays: Mapping[IndexedBase | Symbol, np.ndarray | float],
    sizes: Mapping[Symbol, int],
    axes: Mapping[Symbol, int],
    definitions: Sequence[Eq] = (),
) -> np.ndarray:
    """Evaluate an expression for all values of its indices at once, in float64.

    Parameters
    ----------
    expr : Basic
        Expression in indices, sizes and entries, without a Derivative.
    arrays : mapping
        The array of each base, of the base's shape, and the value of each scalar symbol.
    sizes : mapping of Symbol to int
        A value for each symbolic size.
    axes : mapping of Symbol to int
        The free indices in the order of the result's axes, with their lengths.
    definitions : sequence of Eq
        Definitions ``Eq(a[j], ...)`` or ``Eq(C, ...)`` for what is not in ``arrays``.

    Returns
    -------
    ndarray
        One value for each combination of the indices.

    Raises
    ------
    ValueError
        If a symbol has no value, an index leaves its range, an array has another shape
        than its base, a limit depends on an index, or ``expr`` contains a Derivative or
        another node with no NumPy counterpart, or is a string.

    Examples
    --------
    >>> from gradproof.notation import a, i, j, n
    >>> jacobian = a[j] * (KroneckerDelta(i, j) - a[i])
    >>> evaluate_array(jacobian, {a: np.array([0.25, 0.75])}, {n: 2}, {j: 2, i: 2})
    array([[ 0.1875, -0.1875],
           [-0.1875,  0.1875]])
    """
    if isinstance(expr, str):
        raise ValueError(f"expr: expected a SymPy expression, got {expr!r}")
    with evaluate(True):
        return _Broadcast(arrays, sizes, definitions).over(sympify(expr, strict=True), axes)


@dataclass(frozen=True)
class NumericTwin:
    """A NumPy function and how it corresponds to a claim.

    Parameters
    ----------
    function : callable
        The function under test. It is called with keyword arguments and returns the
        claim's value for all indices at once (of an inequality, its left side).
    arguments : mapping of str to IndexedBase or Symbol
        The symbol whose values each keyword argument receives.
    axes : sequence of Symbol
        The claim's free indices in the order of the axes of the function's result.
    forward : callable, optional
        Called with the same arguments; the function must be its derivative with respect
        to ``wrt``, with the axes of ``forward`` first and those of the variable last.
    wrt : str, optional
        Name of the argument ``forward`` is differentiated by; the first one if left out.
    sample : mapping, optional
        For a base or symbol whose values need more than `check` knows: a function of a
        random generator and a shape that returns them.

    Raises
    ------
    ValueError
        If a function cannot be called with the arguments by name, or there are none.

    Examples
    --------
    >>> from gradproof.notation import a, i, j, softmax_definition, z
    >>> def softmax(z):
    ...     return np.exp(z) / np.exp(z).sum()
    >>> def jacobian(z):
    ...     return np.diag(softmax(z)) - np.outer(softmax(z), softmax(z))
    >>> claim = Eq(Derivative(a[j], z[i]), a[j] * (KroneckerDelta(i, j) - a[i]))
    >>> twin = NumericTwin(jacobian, {"z": z}, (j, i), forward=softmax)
    >>> print(twin.check(claim, [softmax_definition]))
    complex step and exact points: 20 points at sizes 2, 3, 5, 17, 64, error at most 1e-14
    >>> wrong = Eq(Derivative(a[j], z[i]), a[j] * (KroneckerDelta(i, j) + a[i]))
    >>> twin.check(wrong, [softmax_definition])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    gradproof.numeric_twin.NumericTwinError: n = 2, z = [...], j = 1, i = 1: the function gives ...
    """

    function: Callable
    arguments: Mapping[str, IndexedBase | Symbol]
    axes: Sequence[Symbol] = ()
    forward: Callable | None = None
    wrt: str | None = None
    sample: Mapping[IndexedBase | Symbol, Callable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse functions that the arguments do not fit."""
        named = self.arguments
        if not isinstance(named, Mapping) or not named:
            raise ValueError(f"arguments: expected {{name: symbol, ...}}, got {named!r}")
        for name, symbol in named.items():
            if not isinstance(symbol, IndexedBase | Symbol):
                raise ValueError(
                    f"arguments: expected an IndexedBase or Symbol for {name!r}, got {symbol!r}"
                )
        _expect_callable("function", self.function, named)
        if self.forward is not None:
            _expect_callable("forward", self.forward, named)
        if self.wrt is not None and self.wrt not in self.arguments:
            raise ValueError(f"wrt: expected one of {list(self.arguments)}, got {self.wrt!r}")

    def check(
        self,
        relation: Relational,
        given: Sequence[Relational] = (),
        sizes: Sequence[int] = SIZES,
        points: int = 4,
    ) -> NumericResult:
        """Compare the function with ``forward`` and with the claim at exact points.

        Parameters
        ----------
        relation : Relational
            The claim. A side with a Derivative in it is left to ``forward``.
        given : sequence of Relational
            Its hypotheses: definitions are computed, signs and sums are respected by the
            points, relations between indices and sizes choose the entries compared.
        sizes : sequence of int
            The sizes to take; a second size of the claim always differs from the first.
            A claim without sizes gets as many points in all.
        points : int
            Number of points for each size.

        Returns
        -------
        NumericResult
            The method, the points and the largest error, relative to max(1, abs(value)).

        Raises
        ------
        NumericTwinError
            If a value is off by more than 1e-12 (1e-8 against central differences) or an
            inequality fails; names the size, the point, the entry and both values.
        ValueError
            If a free index is no axis, an axis has no known size, nothing can be compared,
            or the points do not satisfy a hypothesis.
        """
        with evaluate(True):
            claim = _Claim(self, relation, given)
            rng = np.random.default_rng(_SEED)
            used, errors = [], {}
            for size in sizes:
                at = claim.sizes_at(size)
                for _ in range(points if claim.compared_at(at).any() else 0):
                    used.append(size)
                    for method, error in self._errors(claim, claim.point(at, rng)):
                        errors[method] = max(error, errors.get(method, 0.0))
        if not used:
            raise ValueError(f"given: no entry at sizes {tuple(sizes)} satisfies {list(given)}")
        return NumericResult(
            method=" and ".join(errors),
            points=len(used),
            sizes=tuple(dict.fromkeys(used)) if claim.sizes else (),
            max_error=_power_of_ten(max(errors.values())),
        )

    def _errors(self, claim: _Claim, point: _Point) -> Iterator[tuple[str, float]]:
        """Yield the method and the error of each comparison at a point."""
        arguments = {name: point.array(symbol) for name, symbol in self.arguments.items()}
        got = np.asarray(self.function(**arguments), dtype=float)
        if got.shape != point.shape:
            raise NumericTwinError(
                f"{point}: the function has shape {got.shape}, the claim {point.shape}"
            )
        if self.forward is not None:
            name = self.wrt or next(iter(self.arguments))
            slope, method = numerical_jacobian(
                lambda value: self.forward(**{**arguments, name: value}), arguments[name]
            )
            how = method.replace("-", " ")
            error = point.compare(got, slope, TOLERANCE[method], f"{how} of forward")
            yield how, max(error, _FLOOR[method])
        for side in claim.sides:
            value = point.over(side, point.lengths)
            yield "exact points", point.compare(got, value, _EXACT, f"{side}")
        if claim.is_inequality:
            point.hold(got, claim.relation)


class _Claim:
    """What a claim speaks about, and the points its hypotheses allow."""

    def __init__(
        self, twin: NumericTwin, relation: Relational, given: Sequence[Relational]
    ) -> None:
        if not isinstance(relation, Relational):
            raise ValueError(f"relation: expected one built with evaluate=False, got {relation}")
        relation, origins, _ = expand_functions(relation, given)
        given = tuple(origins)
        self.axes, self.sample, self.relation = tuple(twin.axes), twin.sample, relation
        self.is_inequality = not isinstance(relation, Eq)
        given = [fact.func(*map(rebuilt, fact.args), evaluate=False) for fact in given]
        self.definitions = [fact for fact in given if _defined(fact) is not None]
        slopes = _defined_by_a_derivative(self.definitions)
        sides = relation.args[:1] if self.is_inequality else reversed(relation.args)
        self.sides = [
            side for side in sides if not (side.has(Derivative) or _Scan(side).variables & slopes)
        ]
        if not self.sides and twin.forward is None:
            raise ValueError(f"forward: needed to check the Derivative in {relation}")
        arguments = twin.arguments.values()
        spoken = _Scan(relation, *self.definitions, *arguments)
        self.sizes = sizes_of(relation, *self.definitions, *arguments)
        defined = {_defined(definition) for definition in self.definitions}
        scalars = spoken.variables - {*self.axes, *self.sizes} - defined
        self.variables = sorted(scalars, key=str)
        self.logits = _logits(relation, *self.definitions)
        rest = [fact for fact in given if fact not in self.definitions]
        self.facts = [fact for fact in rest if _Scan(fact).variables <= {*self.axes, *self.sizes}]
        self.conditions = [
            fact
            for fact in rest
            if fact not in self.facts
            and _Scan(fact).variables <= spoken.variables
            and not (fact.has(Derivative) or _Scan(fact).variables & slopes)
        ]
        self.index_sizes = _Scan(relation, *self.facts).sizes
        free = _Scan(relation).free - set(self.sizes)
        strays = (free | set(self.axes)) - (set(self.axes) & self.index_sizes.keys())
        if strays:
            raise ValueError(
                f"axes: expected each free index of {relation}, with a known size, "
                f"got {self.axes}: see {sorted(strays, key=str)}"
            )

    def sizes_at(self, first: int) -> dict[Symbol, int]:
        """Give the first size to n (of N, m, n), and different ones to the others."""
        others = [size for size in SIZES if size != first]
        start = sum(size < first for size in SIZES)
        rotated = [others[(start + place) % len(others)] for place in range(len(others))]
        return dict(zip(reversed(self.sizes), (first, *rotated), strict=False))

    def lengths_at(self, at: Mapping[Symbol, int]) -> dict[Symbol, int]:
        return {index: int(self.index_sizes[index].xreplace(at)) for index in self.axes}

    def compared_at(self, at: Mapping[Symbol, int]) -> np.ndarray:
        """Tell which entries the hypotheses on indices and sizes admit."""
        lengths = self.lengths_at(at)
        admitted = [_Broadcast({}, at, ()).satisfied(fact, lengths) for fact in self.facts]
        return reduce(np.logical_and, admitted, np.ones(tuple(lengths.values()), dtype=bool))

    def point(self, at: Mapping[Symbol, int], rng: np.random.Generator) -> _Point:
        """Draw a point, and check that it satisfies the hypotheses."""
        arrays = {}
        for variable in self.variables:
            axes = variable.shape if isinstance(variable, IndexedBase) else ()
            shape = tuple(int(size.xreplace(at)) for size in axes)
            draw = self.sample.get(variable, lambda *how, name=variable: self._draw(name, *how))
            arrays[variable] = np.asarray(draw(rng, shape), dtype=float)
        point = _Point(arrays, at, self.definitions, self.lengths_at(at), self.compared_at(at))
        for condition in self.conditions:
            sizes = _Scan(condition).sizes
            lengths = {index: int(size.xreplace(at)) for index, size in sizes.items()}
            if not point.satisfied(condition, lengths).all():
                raise ValueError(f"given: {point} does not satisfy {condition}; pass sample")
        return point

    def _draw(self, name: Basic, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw unequal fractions, positive or with a sum where the hypotheses say so."""
        count, (low, high), total = prod(shape), self._bounds(name), self._total(name)
        if name in self.logits and total is None and (low, high) == (-np.inf, np.inf):
            integers = rng.choice(np.arange(2, 3 * count + 4), count, replace=False)
            return np.log(integers).reshape(shape)
        numerators = (rng.permutation(count + 8)[:count] + 1).reshape(shape)
        values = numerators / rng.integers(2 + count // 4, 6 + count // 2)
        if np.isfinite(low) and np.isfinite(high):
            values = low + (high - low) * numerators / (count + 9)
        elif np.isfinite(low):
            values = low + values
        elif np.isfinite(high):
            values = high - values
        elif total is None or total[1] == 0:
            values = values * rng.choice((-1, 1), shape)
        if total is None:
            return values
        axis, whole = total
        sums = values.sum(axis, keepdims=True)
        return values * (whole / sums) if whole else values - sums / shape[axis]

    def _bounds(self, name: Basic) -> tuple[float, float]:
        """Return the bounds that assumptions and hypotheses put on a variable."""
        symbol = getattr(name, "label", name)
        low = 0.0 if symbol.is_nonnegative else -np.inf
        high = 0.0 if symbol.is_nonpositive else np.inf
        for condition in self.conditions:
            if isinstance(condition, Ge | Gt | Le | Lt):
                small, large = condition.lts, condition.gts
                if _variable(large) == name and small.is_number:
                    low = max(low, float(small))
                if _variable(small) == name and large.is_number:
                    high = min(high, float(large))
        return low, high

    def _total(self, name: Basic) -> tuple[int, float] | None:
        """Return the axis over which the entries have a given sum, and that sum."""
        for condition in self.conditions:
            if isinstance(condition, Eq) and isinstance(condition.lhs, Sum):
                entry, ((index, *_), *more) = condition.lhs.function, condition.lhs.limits
                if _variable(entry) == name and not more and condition.rhs.is_number:
                    return entry.indices.index(index), float(condition.rhs)
        return None


class _Broadcast:
    """Each index is an integer array along its own axis; a sum adds a leading axis."""

    def __init__(
        self, arrays: Mapping, sizes: Mapping[Symbol, int], definitions: Sequence[Eq]
    ) -> None:
        self.arrays, self.sizes = dict(arrays), dict(sizes)
        self.definitions = {_defined(definition): definition for definition in definitions}
        for base, array in self.arrays.items():
            if isinstance(base, IndexedBase):
                shape = tuple(int(size.xreplace(self.sizes)) for size in base.shape)
                if np.shape(array) != shape:
                    raise ValueError(
                        f"arrays: expected {base} of shape {shape}, got {np.shape(array)}"
                    )

    def over(self, expr: Basic, lengths: Mapping[Symbol, int]) -> np.ndarray:
        """Return the value for all values of the indices."""
        scope = {
            index: np.arange(1, length + 1).reshape(-1, *(1,) * place)
            for place, (index, length) in enumerate(reversed(lengths.items()))
        }
        with np.errstate(all="ignore"):  # a nan or inf is reported where values are compared
            value = self.value(expr, scope, len(lengths))
        return np.broadcast_to(value, tuple(lengths.values()))

    def satisfied(self, fact: Relational, lengths: Mapping[Symbol, int]) -> np.ndarray:
        return _holds(fact, *(self.over(side, lengths) for side in fact.args))

    def array(self, variable: Basic) -> np.ndarray:
        """Return the array of a base or symbol, from its definition where it has one."""
        if variable not in self.arrays:
            definition = self.definitions.pop(variable, None)
            if definition is None:
                raise ValueError(f"arrays: no value for {variable}")
            lengths = {}
            if isinstance(definition.lhs, Indexed):
                sizes = (int(size.xreplace(self.sizes)) for size in variable.shape)
                lengths = dict(zip(definition.lhs.indices, sizes, strict=True))
            self.arrays[variable] = self.over(definition.rhs, lengths)
        return self.arrays[variable]

    def value(self, expr: Basic, scope: Mapping[Symbol, np.ndarray], depth: int) -> np.ndarray:
        kind = type(expr)
        if expr.is_Number or expr.is_NumberSymbol:
            return np.float64(expr)
        if kind is Sum:
            return self.sum(expr.function, expr.limits, scope, depth)
        if kind is Indexed:
            array = self.array(expr.base)
            indices = [self.integer(index, scope, depth) for index in expr.indices]
            for index, length in zip(indices, array.shape, strict=True):
                if index.size and not 1 <= index.min() <= index.max() <= length:
                    raise ValueError(f"expr: {expr} leaves its range 1..{length}")
            return array[tuple(index - 1 for index in indices)]
        if isinstance(expr, Symbol):
            known = {**self.sizes, **scope}
            return np.float64(known[expr]) if expr in known else self.array(expr)
        if kind not in _FUNCTIONS:
            raise ValueError(f"expr: no NumPy counterpart of {kind.__name__} in {expr}")
        args = [self.value(arg, scope, depth) for arg in expr.args]
        return reduce(_FUNCTIONS[kind], args) if kind in _FOLDS else _FUNCTIONS[kind](*args)

    def sum(self, term: Basic, limits: Sequence, scope: Mapping, depth: int) -> np.ndarray:
        if not limits:
            return self.value(term, scope, depth)
        *inner, (index, low, high) = limits
        ends = [self.integer(end, scope, depth) for end in (low, high)]
        if any(end.size != 1 for end in ends):
            raise ValueError(f"expr: the limits {low}..{high} of {index} depend on an index")
        steps = np.arange(ends[0].item(), ends[1].item() + 1)
        if len(steps) * prod(map(np.size, scope.values())) > _MOST_ENTRIES:
            return reduce(
                np.add, (self.sum(term, inner, {**scope, index: at}, depth) for at in steps)
            )
        along = steps.reshape(-1, *(1,) * depth)
        terms = self.sum(term, inner, {**scope, index: along}, depth + 1)
        return np.broadcast_to(terms, np.broadcast_shapes(terms.shape, along.shape)).sum(axis=0)

    def integer(self, expr: Basic, scope: Mapping, depth: int) -> np.ndarray:
        return np.rint(self.value(expr, scope, depth)).astype(int)


class _Point(_Broadcast):
    """A point of a claim: its arrays, its axes, and which entries are compared."""

    def __init__(self, arrays, sizes, definitions, lengths, compared) -> None:
        super().__init__(arrays, sizes, definitions)
        self.sampled = dict(self.arrays)
        self.lengths, self.compared, self.shape = lengths, compared, compared.shape

    def __str__(self) -> str:
        parts = [f"{name} = {value}" for name, value in self.sizes.items()]
        for variable, array in self.sampled.items():
            shown = np.array2string(array, precision=6, threshold=12).replace("\n", "")
            parts.append(f"{variable} = {shown}")
        return ", ".join(parts)

    def compare(self, got: np.ndarray, expected: np.ndarray, tolerance: float, what: str) -> float:
        """Return the largest error relative to max(1, abs(value))."""
        if expected.shape != self.shape:
            raise NumericTwinError(
                f"{self}: {what} has shape {expected.shape}, the claim {self.shape}"
            )
        with np.errstate(invalid="ignore"):
            error = np.abs(got - expected) / np.maximum(1, np.abs(expected))
        error = np.where(self.compared, np.nan_to_num(error, nan=np.inf), 0)
        self._expect(error <= tolerance, got, expected, f"{what} gives")
        return float(error.max())

    def hold(self, got: np.ndarray, relation: Relational) -> None:
        """Check that an inequality holds of what the function gives."""
        right = self.over(relation.rhs, self.lengths)
        holds = _holds(relation, got, right) | ~self.compared
        self._expect(holds, got, right, f"{relation.lhs} {relation.rel_op} {relation.rhs} needs")

    def _expect(self, good: np.ndarray, got: np.ndarray, right: np.ndarray, what: str) -> None:
        for place in np.argwhere(~good)[:1].tolist():
            entry = "".join(
                f", {index} = {at + 1}" for index, at in zip(self.lengths, place, strict=True)
            )
            here = tuple(place)
            raise NumericTwinError(
                f"{self}{entry}: the function gives {got[here]:.15g}, {what} {right[here]:.15g}"
            )


class _Scan:
    """The variables, free indices and index sizes of expressions, read off their trees."""

    def __init__(self, *exprs: Basic) -> None:
        self.variables: set[Basic] = set()
        self.free: set[Symbol] = set()
        self.sizes: dict[Symbol, Expr] = {}
        self._equals: list[tuple[Basic, Basic]] = []
        for expr in exprs:
            self.visit(expr, frozenset())
        for first, second in self._equals * 2:
            for index, other in ((first, second), (second, first)):
                if other in self.sizes:
                    self.sizes.setdefault(index, self.sizes[other])

    def visit(self, node: Basic, bound: frozenset) -> None:
        match node:
            case IndexedBase():
                self.variables.add(node)
            case Indexed():
                self.variables.add(node.base)
                for index, size in zip(node.indices, node.base.shape, strict=True):
                    self.free |= index.free_symbols - bound
                    if index.is_Symbol and index not in bound:
                        self.sizes.setdefault(index, size)
            case Symbol():
                self.variables |= {node} - bound
            case Sum():
                for end in (end for limit in node.limits for end in limit[1:]):
                    self.visit(end, bound)
                self.visit(node.function, bound | {limit[0] for limit in node.limits})
            case KroneckerDelta():
                self.free |= node.free_symbols - bound
                if not node.free_symbols & bound:
                    self._equals.append(node.args[:2])
            case _:
                if isinstance(node, Le) and node.lhs.is_Symbol:
                    self.sizes.setdefault(*node.args)
                elif isinstance(node, Eq | Ne):
                    self._equals.append(node.args)
                for arg in node.args:
                    self.visit(arg, bound)


def _expect_callable(role: str, function: Callable, named: Mapping[str, Basic]) -> None:
    """Refuse what cannot be called with keyword arguments of these names."""
    if not callable(function):
        raise ValueError(f"{role}: expected a function, got {function!r}")
    try:
        parameters = signature(function)
    except ValueError:  # compiled code need not have one
        return
    try:
        parameters.bind(**named)
    except TypeError as error:
        raise ValueError(
            f"arguments: expected the names {role}{parameters} takes, got {list(named)} ({error})"
        ) from None


def _variable(expr: Basic) -> Basic:
    """Return the base of an entry, and anything else as it is."""
    return expr.base if isinstance(expr, Indexed) else expr


def _defined(fact: Relational) -> Basic | None:
    """Return what a hypothesis defines, if it is a definition."""
    name = _variable(fact.lhs)
    whole = isinstance(fact.lhs, Indexed) and all(index.is_Symbol for index in fact.lhs.indices)
    scalar = isinstance(name, Symbol) and not name.is_integer
    definition = isinstance(fact, Eq) and (whole or scalar)
    return name if definition and name not in _Scan(fact.rhs).variables else None


def _defined_by_a_derivative(definitions: Sequence[Eq]) -> set[Basic]:
    """Return what is a derivative by definition, in one step or in several."""
    slopes: set[Basic] = set()
    for _ in definitions:
        slopes |= {
            _defined(definition)
            for definition in definitions
            if definition.rhs.has(Derivative) or _Scan(definition.rhs).variables & slopes
        }
    return slopes


def _logits(*exprs: Basic) -> set[IndexedBase]:
    """Return the bases whose entries are exponents, alone or scaled or shifted."""
    powers = {power for expr in exprs for power in expr.atoms(exp) if not power.has(Sum)}
    return {entry.base for power in powers for entry in power.atoms(Indexed)}


def _holds(relation: Relational, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Compare arrays; equality and weak inequality up to rounding."""
    gap, slack = left - right, _EXACT * np.maximum(1, np.abs(right))
    match relation:
        case Eq():
            return np.abs(gap) <= slack
        case Ne():
            return np.abs(gap) > slack
        case Ge():
            return gap >= -slack
        case Le():
            return gap <= slack
        case Gt():
            return gap > 0
    return gap < 0


def _power_of_ten(error: float) -> float:
    """Return the smallest power of ten, from 1e-14, that is not below ``error``."""
    bounds = (float(f"1e{power}") for power in range(-14, 1))
    return next(bound for bound in bounds if error <= bound)
