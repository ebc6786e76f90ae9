"""What a list of hypotheses says: definitions, equations, signs, bounds, facts on indices.

``Eq(a[j], ...)`` defines an array, ``Eq(sigma(x), ...)`` a function, for every argument. What
is differentiated has to be defined this way; an equation that ties it to the variable otherwise,
such as ``Eq(2*C, z[1])``, is refused.
A hypothesis is quantified over the indices it mentions: ``Ge(y[l], 0)`` says that every
entry of y is non-negative. Relations between bare indices and sizes (``Ne(j, k)``,
``Eq(i, j)``, ``Ge(n, 2)``) speak about those very indices. A bound on a function of a scalar
that occurs nowhere else is a lemma, for every value of the scalar its assumptions allow:
``Le(log(t), t - 1)`` with t positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sympy
from sympy import Eq, Expr, Ge, Gt, Le, Lt, Ne, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.tensor.indexed import Indexed, IndexedBase

from gradproof.shapes import Shapes

_SIGNS = {Gt: "+", Ge: "0+", Lt: "-", Le: "0-"}
_MIRROR = {Gt: Lt, Ge: Le, Lt: Gt, Le: Ge}


@dataclass
class Hypotheses:
    """Hypotheses sorted by the way the prover uses them."""

    all: tuple = ()
    definitions: dict = field(default_factory=dict)
    equations: list = field(default_factory=list)
    signs: dict = field(default_factory=dict)
    bounds: list = field(default_factory=list)
    lemmas: list = field(default_factory=list)
    unequal: list = field(default_factory=list)
    equal: list = field(default_factory=list)
    at_least: list = field(default_factory=list)
    index_bounds: list = field(default_factory=list)
    index_facts: list = field(default_factory=list)

    @property
    def about_values(self) -> list:
        """The hypotheses a sampled point has to satisfy, definitions aside."""
        return [
            h
            for h in self.all
            if h in self.equations
            or h in self.bounds
            or any(h == fact for _, fact in self.signs.values())
        ]


def index_symbols(*expressions) -> set:
    """Return every symbol that stands as an index or is bound by a sum."""
    found = set()
    for e in expressions:
        for node in sympy.preorder_traversal(e):
            if isinstance(node, Indexed):
                found.update(s for ix in node.indices for s in ix.free_symbols)
            elif isinstance(node, sympy.KroneckerDelta):
                found.update(s for ix in node.args[:2] for s in ix.free_symbols)
            elif isinstance(node, sympy.Sum):
                found.update(limit[0] for limit in node.limits)
    return found - size_symbols(*expressions)


def size_symbols(*expressions) -> set:
    """Return every symbol that is the size of an axis or the end of a sum over no axis."""
    axes, ends, indices = set(), set(), set()
    for e in expressions:
        for base in e.atoms(IndexedBase):
            axes.update(s for s in base.shape or () if isinstance(s, Symbol))
        for node in e.atoms(sympy.Sum):
            indices.update(limit[0] for limit in node.limits)
            ends.update(s for limit in node.limits for s in limit[-1].free_symbols)
        for node in e.atoms(Indexed):
            indices.update(s for ix in node.indices for s in ix.free_symbols)
    return axes | (ends - indices)


def free_indices(e) -> set:
    """Return the index symbols of an expression that no sum binds."""
    indices = index_symbols(e)

    def walk(node, bound):
        if isinstance(node, sympy.Sum):
            return walk(node.function, bound | {limit[0] for limit in node.limits})
        if isinstance(node, Symbol):
            return {node} & indices - bound
        parts = node.indices if isinstance(node, Indexed) else node.args
        return set().union(*(walk(part, bound) for part in parts))

    return walk(e, frozenset())


def check_relation(relation, argument: str, kinds=(Eq, Ge, Gt, Le, Lt)) -> None:
    """Raise ValueError unless ``relation`` is one of the kinds, exact and unevaluated."""
    names = ", ".join(kind.__name__ for kind in kinds)
    if relation in (True, False, sympy.true, sympy.false):
        raise ValueError(
            f"{argument}: SymPy has already evaluated it to {relation}; "
            f"build it with evaluate=False, for example Eq(left, right, evaluate=False)"
        )
    if not isinstance(relation, kinds):
        raise ValueError(f"{argument}: expected one of {names}, got {relation!r}")
    floats = relation.atoms(sympy.Float)
    if floats:
        number = min(floats, key=str)
        raise ValueError(
            f"{argument}: {number} is a float; use an exact number such as Rational(1, 2)"
        )


def read_hypotheses(relation: Relational, given: Sequence[Relational]) -> Hypotheses:
    """Sort hypotheses by what they say.

    Parameters
    ----------
    relation : Relational
        The relation to prove; it tells indices and sizes from scalars.
    given : sequence of Relational
        The hypotheses.

    Returns
    -------
    Hypotheses

    Raises
    ------
    ValueError
        If an equation ties what is differentiated to the variable and is no definition.
    """
    result = Hypotheses(all=tuple(given))
    indices = index_symbols(relation, *given)
    sizes = size_symbols(relation, *given)
    for h in given:
        if isinstance(h, Le) and h.lhs.is_Symbol and h.rhs.is_Symbol and h.lhs.is_integer:
            sizes |= {h.rhs} - indices  # an index that is at most this is in its range
            sizes -= {h.lhs}
            indices |= {h.lhs}
    for h in given:
        left, right = h.args
        symbols = h.atoms(Symbol)
        counts = {
            s for s in symbols if s in indices | sizes or (s.is_integer and not relation.has(s))
        }
        functions = h.atoms(sympy.Function) - h.atoms(sympy.KroneckerDelta)
        if symbols == counts and symbols and not h.atoms(IndexedBase) and not functions:
            _about_indices(result, h, left, right, sizes)
        elif isinstance(h, Eq):
            thing = _defined(left, right, result.definitions, sizes)
            if thing is not None and thing not in result.definitions:
                formal = left.indices if isinstance(left, Indexed) else ()
                result.definitions[thing] = (formal, right, h)
            else:
                result.equations.append(h)
        elif isinstance(h, Ne):
            raise ValueError(f"given: {h} is not about two indices; only indices may be unequal")
        else:
            others = [relation, *(g for g in given if g is not h)]
            if _is_lemma(h, others):
                result.lemmas.append(h)
            elif right.is_zero and _whole(left, sizes) and _thing(left) not in result.signs:
                result.signs[_thing(left)] = (_SIGNS[type(h)], h)
            elif left.is_zero and _whole(right, sizes) and _thing(right) not in result.signs:
                result.signs[_thing(right)] = (_SIGNS[_MIRROR[type(h)]], h)
            else:
                result.bounds.append(h)
    for e in (relation, *(right for _, right, _ in result.definitions.values())):
        for derivative in e.atoms(sympy.Derivative):
            _refuse_hidden_dependence(derivative, result, indices | sizes)
    return result


def _refuse_hidden_dependence(derivative, hypotheses: Hypotheses, counts: set) -> None:
    """Refuse ``Eq(2*C, z[1])`` where C is differentiated by z: C would count as a constant."""
    by = {_thing(variable) for variable in derivative.variables}
    inside = _things(derivative.expr) - by - counts - hypotheses.definitions.keys()
    for h in hypotheses.equations:
        for thing in sorted(inside & _things(h), key=str):
            if not by & _things(h):
                continue
            left, right = h.args
            formal = getattr(left, "indices", ())
            rest = sorted(free_indices(h) - set(formal), key=str)
            if _thing(left) == thing and rest and thing not in _things(right):
                raise ValueError(
                    f"given: {h} says that {left} has this value for every {rest[0]}, so it does "
                    f"not define {thing}; give {thing} the index, as in "
                    f"Eq({thing}{[*formal, rest[0]]}, ...)"
                )
            variable = min(map(str, by))
            raise ValueError(
                f"given: {h} ties {thing} to {variable}, but does not define {thing}, which is "
                f"differentiated by {variable}; solve it for {thing}, as in Eq({thing}, ...)"
            )


def settle_orders(e):
    """Turn the order of ``Derivative(f, x, x)``, an unevaluated 1 + 1, into the number 2."""
    orders = {
        node: Expr.__new__(
            sympy.Derivative, node.expr, *(sympy.Tuple(v, c.doit()) for v, c in node.variable_count)
        )
        for node in e.atoms(sympy.Derivative)
        if any(not c.is_Integer for _, c in node.variable_count)
    }
    return e.xreplace(orders)


def expand_functions(relation: Relational, given: Sequence[Relational]) -> tuple:
    """Replace functions that a hypothesis defines, such as ``Eq(sigma(x), 1/(1 + exp(-x)))``.

    Parameters
    ----------
    relation : Relational
    given : sequence of Relational
        A definition has an undefined function of distinct symbols on its left; it holds for
        every argument.

    Returns
    -------
    relation : Relational
        With every defined function written out, unevaluated.
    origins : dict of Relational to Relational
        Every other hypothesis: written out -> as given.
    used : list of Relational
        The definitions that occurred.

    Raises
    ------
    ValueError
        If definitions go in a circle.
    """
    definitions = {h.lhs.func: h for h in given if _defines_function(h)}
    used: list = []

    def meaning(call):
        h = definitions[call.func]
        if h not in used:
            used.append(h)
        # Fresh dummies: no sum of the definition may capture an index of the argument.
        fresh = {
            limit[0]: sympy.Dummy(limit[0].name, integer=True)
            for node in h.rhs.atoms(sympy.Sum)
            for limit in node.limits
        }
        return h.rhs.xreplace(fresh).xreplace(dict(zip(h.lhs.args, call.args, strict=True)))

    def expand(e):
        for _ in range(len(definitions) + 1):
            calls = [c for c in e.atoms(AppliedUndef) if c.func in definitions]
            if not calls:
                return e
            e = e.xreplace({c: meaning(c) for c in calls})
        if any(c.func in definitions for c in e.atoms(AppliedUndef)):
            names = ", ".join(sorted(map(str, definitions)))
            raise ValueError(f"given: the definitions of {names} go in a circle")
        return e

    def write_out(h):
        return h.func(*map(expand, h.args), evaluate=False) if definitions else h

    rest = [h for h in given if not _defines_function(h)]
    return write_out(relation), {write_out(h): h for h in rest}, used


def _defines_function(h) -> bool:
    if not (isinstance(h, Eq) and isinstance(h.lhs, AppliedUndef)):
        return False
    formal = h.lhs.args
    return all(isinstance(s, Symbol) for s in formal) and len(set(formal)) == len(formal)


def _is_lemma(h: Relational, others: Sequence) -> bool:
    """Whether h bounds a function of one scalar that occurs nowhere else."""
    scalars = {s for s in h.atoms(Symbol) if not any(e.has(s) for e in others)}
    heads = [e for e in h.args if isinstance(e, sympy.Function) and e.args[0] in scalars]
    return len(scalars) == 1 and bool(heads) and not h.atoms(IndexedBase)


def _thing(e):
    return e.base if isinstance(e, Indexed) else e


def _things(e) -> set:
    arrays = e.atoms(IndexedBase)
    return arrays | (e.atoms(Symbol) - {base.label for base in arrays})


def _whole(e, sizes) -> bool:
    """Whether e is a symbol, or an entry with distinct free indices: the whole array."""
    if isinstance(e, Indexed):
        plain = all(isinstance(ix, Symbol) and ix not in sizes for ix in e.indices)
        return plain and len(set(e.indices)) == len(e.indices)
    return isinstance(e, Symbol) and e not in sizes


def _defined(left, right, definitions, sizes):
    """Return what an equation defines: a left side that is whole and not in the right."""
    if not _whole(left, sizes):
        return None
    if free_indices(Eq(left, right, evaluate=False)) - set(getattr(left, "indices", ())):
        return None  # for every value of another index: no definition
    thing = _thing(left)
    pending, seen = [right], set()
    while pending:
        for part in pending.pop().atoms(IndexedBase, Symbol):
            if part == thing:
                return None
            if part in definitions and part not in seen:
                seen.add(part)
                pending.append(definitions[part][1])
    return thing


def _about_indices(result: Hypotheses, h, left, right, sizes) -> None:
    if isinstance(h, Ne):
        result.unequal.append(h)
    elif isinstance(h, Eq) and left not in sizes and isinstance(left, Symbol):
        result.equal.append(h)
    elif isinstance(h, (Ge, Gt)) and left in sizes and right.is_Integer:
        result.at_least.append((left, int(right) + isinstance(h, Gt), h))
    elif isinstance(h, (Le, Lt)) and right in sizes and left.is_Integer:
        result.at_least.append((right, int(left) + isinstance(h, Lt), h))
    elif isinstance(h, Le) and right in sizes and isinstance(left, Symbol):
        result.index_bounds.append((left, right, h))
    else:
        result.index_facts.append(h)


def shapes_of(relation: Relational, hypotheses: Hypotheses) -> Shapes:
    """Return the index ranges of a relation under its hypotheses.

    Raises
    ------
    ShapeError
        If an index is used on axes of different sizes.
    """
    lower = {h.args[0] for h in hypotheses.index_facts if isinstance(h, Ge) and h.args[1] == 1}
    known = [(i, size) for i, size, _ in hypotheses.index_bounds if i in lower]
    shapes = Shapes([relation], known)
    shapes.sizes |= {size for _, size, _ in hypotheses.index_bounds}
    for size, least, _ in hypotheses.at_least:
        shapes.at_least(size, least)
    for thing in hypotheses.all:
        Shapes([thing])  # a hypothesis has its own indices; it must be well formed too
        shapes.sizes |= Shapes([thing]).sizes
    return shapes
