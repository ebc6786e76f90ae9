"""The printer keeps the typed order, and what it prints reads back as what was printed."""

import itertools
import math
import re

import pytest
import sympy
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    Derivative,
    Eq,
    Function,
    Ge,
    Gt,
    KroneckerDelta,
    Le,
    Max,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Sum,
    evaluate,
    exp,
    log,
    sqrt,
    tanh,
)
from sympy.core.function import AppliedUndef
from sympy.tensor.indexed import Indexed

from gradproof import notation
from gradproof.latex import plain, to_latex
from gradproof.notation import T, W, a, d, i, inputs, j, k, l, m, n, t, v, x, y, z

sigma = Function("sigma")

with evaluate(False):
    total = Sum(exp(z[l]), (l, 1, n))
    other = 1 - KroneckerDelta(i, j)
    GOLDEN = [
        # terms and signs
        (a[i] - y[i], r"a_{i} - y_{i}"),
        (-a[k] * a[j], r"-a_{k} a_{j}"),
        (a[j] * (1 - a[j]), r"a_{j} \left(1 - a_{j}\right)"),
        (a[i] - a[j] - a[k], r"a_{i} - a_{j} - a_{k}"),
        (x - (a[i] + a[j]), r"x - \left(a_{i} + a_{j}\right)"),
        (-(a[i] + a[j]), r"-\left(a_{i} + a_{j}\right)"),
        (0 - a[i], r"0 - a_{i}"),
        (z[i] - 2 * y[i], r"z_{i} - 2 y_{i}"),
        (a[i] * (-a[j]), r"a_{i} \left(-a_{j}\right)"),
        (x * (-2), r"x \left(-2\right)"),
        (S(1) - 2, r"1 - 2"),
        # fractions
        (exp(z[j]) / total, r"\frac{e^{z_{j}}}{\sum_{l=1}^{n} e^{z_{l}}}"),
        (1 / (1 + exp(-x)), r"\frac{1}{1 + e^{-x}}"),
        (-(y[j] / a[j]), r"-\frac{y_{j}}{a_{j}}"),
        (-y[j] / a[j], r"-\frac{y_{j}}{a_{j}}"),
        (a[i] / a[j] / a[k], r"\frac{a_{i}}{a_{j} a_{k}}"),
        (exp(-x) / (1 + exp(-x)) ** 2, r"\frac{e^{-x}}{\left(1 + e^{-x}\right)^{2}}"),
        (
            (1 - a[i]) / a[i] * (a[j] / (1 - a[j])),
            r"\frac{1 - a_{i}}{a_{i}} \frac{a_{j}}{1 - a_{j}}",
        ),
        (y[j] * (total / exp(z[j])), r"y_{j} \frac{\sum_{l=1}^{n} e^{z_{l}}}{e^{z_{j}}}"),
        (Rational(1, 2) * Rational(1, 3), r"\frac{1}{2} \cdot \frac{1}{3}"),
        (3 * (2 * x), r"3 \cdot 2 x"),
        ((1 / T) * Sum(y[j], (j, 1, n)), r"\frac{1}{T} \sum_{j=1}^{n} y_{j}"),
        # powers and functions
        (exp(z[j]) ** 2, r"\left(e^{z_{j}}\right)^{2}"),
        (total**2, r"\left(\sum_{l=1}^{n} e^{z_{l}}\right)^{2}"),
        (a[j] ** 2, r"a_{j}^{2}"),
        ((-x) ** 2, r"\left(-x\right)^{2}"),
        (1 - tanh(x) ** 2, r"1 - \tanh^{2} x"),
        (sqrt(x), r"\sqrt{x}"),
        (2**x, r"2^{x}"),
        (exp(x + d), r"e^{x + d}"),
        (exp(z[j] / T), r"e^{z_{j} / T}"),
        (exp(-(x**2) / 2), r"e^{-x^{2} / 2}"),
        (exp(S(1)), r"e"),
        (log(a[j]) * y[j], r"\left(\ln a_{j}\right) y_{j}"),
        (y[j] * log(a[j]), r"y_{j} \ln a_{j}"),
        (log(total), r"\ln \sum_{l=1}^{n} e^{z_{l}}"),
        (log(1 + exp(x)), r"\ln \left(1 + e^{x}\right)"),
        (Max(0, x), r"\max\left(0, x\right)"),
        (Abs(x), r"\left\lvert x \right\rvert"),
        (sigma(x) * (1 - sigma(x)), r"\sigma(x) \left(1 - \sigma(x)\right)"),
        (sigma(x) ** 2, r"\sigma(x)^{2}"),
        (log(sigma(x)), r"\ln \sigma(x)"),
        (Function("softplus")(x), r"\operatorname{softplus}(x)"),
        # indices
        (W[j, k], r"w_{jk}"),
        (W[j, k + 1], r"w_{j, k + 1}"),
        (a[j] * (KroneckerDelta(i, j) - a[i]), r"a_{j} \left(\delta_{ij} - a_{i}\right)"),
        # sums
        (-Sum(y[j] * log(a[j]), (j, 1, n)), r"-\sum_{j=1}^{n} y_{j} \ln a_{j}"),
        (Sum(y[j] - a[j], (j, 1, n)), r"\sum_{j=1}^{n} \left(y_{j} - a_{j}\right)"),
        (Sum(-a[j], (j, 1, n)), r"\sum_{j=1}^{n} \left(-a_{j}\right)"),
        (Sum(y[j], (j, 1, n)) * a[i], r"\left(\sum_{j=1}^{n} y_{j}\right) a_{i}"),
        (a[i] * Sum(y[j], (j, 1, n)), r"a_{i} \sum_{j=1}^{n} y_{j}"),
        (
            Sum(Sum(W[j, k] * inputs[k], (k, 1, m)), (j, 1, n)),
            r"\sum_{j=1}^{n} \sum_{k=1}^{m} w_{jk} x_{k}",
        ),
        (Sum(other * a[j], (j, 1, n)), r"\sum_{j \ne i} a_{j}"),
        (Sum(other, (j, 1, n)), r"\sum_{j \ne i} 1"),
        (Sum(other * a[j], (j, 2, n)), r"\sum_{\substack{j=2 \\ j \ne i}}^{n} a_{j}"),
        (
            Sum(other * (-(y[j] / a[j]) * (-(a[i] * a[j]))), (j, 1, n)),
            r"\sum_{j \ne i} \left(-\frac{y_{j}}{a_{j}} \left(-a_{i} a_{j}\right)\right)",
        ),
        (
            Sum((1 - KroneckerDelta(j, k)) * v[j] * v[k], (k, 1, n), (j, 1, n)),
            r"\sum_{j=1}^{n} \sum_{k \ne j} v_{j} v_{k}",
        ),
        (other * a[j], r"\left(1 - \delta_{ij}\right) a_{j}"),
        # derivatives
        (Derivative(a[j], z[i]), r"\frac{\partial a_{j}}{\partial z_{i}}"),
        (Derivative(log(a[j]), z[i]), r"\frac{\partial \ln a_{j}}{\partial z_{i}}"),
        (Derivative(sigma(x), x), r"\frac{d}{d x} \sigma(x)"),
        (Derivative(t, x), r"\frac{d t}{d x}"),
        (Derivative(1 / (1 + exp(-x)), x), r"\frac{d}{d x} \frac{1}{1 + e^{-x}}"),
        (Derivative(x * T, x), r"\frac{\partial}{\partial x} \left(x T\right)"),
        (Derivative(log(1 + exp(x)), x, x), r"\frac{d^{2}}{d x^{2}} \ln \left(1 + e^{x}\right)"),
        (
            Derivative(-Sum(y[j] * log(a[j]), (j, 1, n)), a[i]),
            r"\frac{\partial}{\partial a_{i}} \left(-\sum_{j=1}^{n} y_{j} \ln a_{j}\right)",
        ),
        (
            -(y[j] / a[j]) * Derivative(a[j], z[i]),
            r"-\frac{y_{j}}{a_{j}} \frac{\partial a_{j}}{\partial z_{i}}",
        ),
        (Derivative(a[i], z[i]) * 1, r"\frac{\partial a_{i}}{\partial z_{i}} \cdot 1"),
        (
            Derivative(total, z[i]) * x,
            r"\left(\frac{\partial}{\partial z_{i}} \sum_{l=1}^{n} e^{z_{l}}\right) x",
        ),
        # relations
        (Eq(Sum(y[l], (l, 1, n)), 1), r"\sum_{l=1}^{n} y_{l} = 1"),
        (Ge(y[l], 0), r"y_{l} \ge 0"),
        (Le(a[l], 1), r"a_{l} \le 1"),
        (Gt(T, 0), r"T > 0"),
        (Ne(j, k), r"j \ne k"),
    ]  # fmt: skip


@pytest.mark.parametrize(("expr", "expected"), GOLDEN, ids=[tex for _, tex in GOLDEN])
def test_prints_as_typed(expr, expected):
    assert to_latex(expr) == expected


def test_printing_does_not_depend_on_the_evaluate_flag():
    for expr, expected in GOLDEN:
        with evaluate(False):
            assert to_latex(expr) == expected


def test_braces_and_delimiters_balance():
    for expr, _ in GOLDEN:
        tex = to_latex(expr)
        assert tex.count("{") == tex.count("}")
        assert len(re.findall(r"\\left\b", tex)) == len(re.findall(r"\\right\b", tex))


def test_swapping_terms_changes_what_is_printed():
    with evaluate(False):
        assert to_latex(1 - a[j]) != to_latex(-a[j] + 1)


# --- A reader of the printed LaTeX, who reads as greedily as the notation allows -----


class Reader:
    """Evaluate printed LaTeX in floats: an open sign takes everything that follows it."""

    TOKEN = re.compile(
        r"\\left\\lvert|\\right\\rvert|\\left\(|\\right\)|\\[a-z]+|\d+|[a-zA-Z]|[-+/^_{}=,]"
    )

    def __init__(self, tex, values, sizes):
        self.tokens = self.TOKEN.findall(tex)
        self.values, self.env, self.at = values, dict(sizes), 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, expected=None):
        token = self.peek()
        assert expected is None or token == expected, (expected, token, self.tokens)
        self.at += 1
        return token

    def read(self):
        value = self.expression()
        assert self.peek() is None
        return value

    def expression(self):
        value = -self.term() if self.peek() == "-" and self.take() else self.term()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            value += sign * self.term()
        return value

    def term(self):
        value = self.product()
        while self.peek() == "/":
            self.take()
            value /= self.product()
        return value

    def product(self):
        value = self.factor()
        while self.peek() not in (None, "+", "-", "/", "}", ",", r"\right)", r"\right\rvert", "="):
            value *= self.factor()
        return value

    def group(self):
        self.take("{")
        value = self.expression()
        self.take("}")
        return value

    def factor(self):
        base = self.atom()
        if self.peek() == "^":
            self.take()
            base **= self.group()
        return base

    def subscript(self):
        self.take("_")
        self.take("{")
        names = []
        while self.peek() != "}":
            token = self.take()
            if token != ",":
                names.append(self.env[token])
        self.take("}")
        return tuple(names)

    def function(self, function):
        power = 1
        if self.peek() == "^":
            self.take()
            power = self.group()
        return function(self.product()) ** power

    def atom(self):
        token = self.take()
        if token == r"\cdot":
            return self.factor()
        if token == r"\left(":
            value = self.expression()
            self.take(r"\right)")
            return value
        if token == r"\left\lvert":
            value = self.expression()
            self.take(r"\right\rvert")
            return abs(value)
        if token == r"\frac":
            return self.group() / self.group()
        if token == r"\sqrt":
            return math.sqrt(self.group())
        if token == r"\exp":  # always followed by parentheses
            return math.exp(self.atom())
        if token in (r"\ln", r"\tanh"):
            return self.function(math.log if token == r"\ln" else math.tanh)
        if token == r"\delta":
            first, second = self.subscript()
            return float(first == second)
        if token == r"\sum":
            return self.sum()
        if token == "e":
            return math.e
        if token.isdigit():
            return float(token)
        if self.peek() == "_":
            return self.values[token, *self.subscript()]
        return self.values[token]

    def sum(self):
        self.take("_")
        self.take("{")
        index, sign = self.take(), self.take()
        excluded = []
        if sign == r"\ne":
            excluded.append(self.env[self.take()])
            first, last = 1, self.env["n"]
            self.take("}")
        else:
            first = int(self.take())
            self.take("}")
            self.take("^")
            self.take("{")
            last = self.env[self.take()]
            self.take("}")
        start, value, outer = self.at, 0.0, self.env.get(index)
        for number in range(first, last + 1):
            self.at, self.env[index] = start, number
            term = self.product()
            value += 0.0 if number in excluded else term
        self.env[index] = outer
        return value


def value_of(expr, values, env):
    """Evaluate the tree in floats, independently of the printer."""
    if isinstance(expr, Sum):
        ranges = [range(int(first), env[last.name] + 1) for _, first, last in expr.limits]
        names = [index.name for index in expr.variables]
        points = (dict(zip(names, point, strict=True)) for point in itertools.product(*ranges))
        return sum(value_of(expr.function, values, env | point) for point in points)
    if isinstance(expr, Indexed):
        return values[str(expr.base), *(env[index.name] for index in expr.indices)]
    if isinstance(expr, KroneckerDelta):
        return float(env[expr.args[0].name] == env[expr.args[1].name])
    if expr.is_Symbol:
        return values[expr.name]
    if expr.is_Atom:
        return float(expr)
    arguments = [value_of(argument, values, env) for argument in expr.args]
    functions = {exp: math.exp, log: math.log, tanh: math.tanh, Abs: abs}
    if expr.func in functions:
        return functions[expr.func](*arguments)
    if isinstance(expr, Pow):
        return arguments[0] ** arguments[1]
    return {Add: sum, Mul: math.prod}[expr.func](arguments)


VALUES = {"x": 0.7, "T": 1.3, "d": 0.4}
VALUES |= {
    (name, at): 0.3 + 0.17 * at + 0.11 * ord(name) % 0.5 for name in "azyuv" for at in (1, 2, 3)
}
VALUES |= {
    ("w", row, column): 0.2 + 0.3 * row + 0.13 * column
    for row, column in itertools.product((1, 2, 3), repeat=2)
}
ENV = {"i": 2, "j": 1, "k": 3, "l": 2, "n": 3, "m": 2}


def summed(summand, weight):
    """Sum over an index that the summand does not already sum over."""
    bound = {index for inner in summand.atoms(Sum) for index in inner.variables}
    index = next((index for index in (j, k, l) if index not in bound), None)
    return summand if index is None else Sum(weight(summand, index), (index, 1, n))


def unary(child):
    return st.one_of(
        child.map(lambda e: -e),
        child.map(lambda e: 1 / e),
        child.map(lambda e: e**2),
        child.map(lambda e: e / 2),
        child.map(lambda e: 3 * e),
        child.map(lambda e: exp(e / 5)),
        child.map(lambda e: log(exp(e) + 1)),
        child.map(tanh),
        child.map(lambda e: summed(e, lambda e, index: e)),
        child.map(lambda e: summed(e, lambda e, index: (1 - KroneckerDelta(i, index)) * e)),
        child.map(lambda e: summed(e, lambda e, index: e * (1 - KroneckerDelta(index, i)))),
        child.map(lambda e: summed(e, lambda e, index: y[index] * e)),
    )


def binary(child):
    pairs = st.tuples(child, child)
    return st.one_of(
        pairs.map(lambda p: p[0] + p[1]),
        pairs.map(lambda p: p[0] - p[1]),
        pairs.map(lambda p: p[0] * p[1]),
        pairs.map(lambda p: p[0] / p[1]),
        pairs.map(lambda p: p[0] * (p[1] / (1 + exp(x)))),
    )


with evaluate(False):
    NUMBERS = S(2), S(-3), Rational(1, 2), S(1), S(0)
    SYMBOLS = x, T, a[i], a[j], y[l], z[j]
    COMPOUND = KroneckerDelta(i, j), log(a[j]), exp(z[l]), 1 - a[j], W[j, l] / T
LEAVES = st.sampled_from([*NUMBERS, *SYMBOLS, *COMPOUND])


class Typed:
    """An expression that hypothesis may show: SymPy's own repr sorts, and so evaluates."""

    def __init__(self, expr):
        self.expr = expr

    def __repr__(self):
        return to_latex(self.expr)


TREES = st.recursive(LEAVES, lambda child: unary(child) | binary(child), max_leaves=8).map(Typed)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_what_is_printed_reads_back_as_what_was_typed(data):
    with evaluate(False):
        typed = data.draw(TREES).expr
    try:
        expected = value_of(typed, VALUES, ENV)
    except (OverflowError, ZeroDivisionError, ValueError):
        reject()
    tex = to_latex(typed)
    assert Reader(tex, VALUES, ENV).read() == pytest.approx(expected, rel=1e-9, abs=1e-9), tex


def test_the_reader_reads_greedily():
    greedy = Reader(r"\ln x T", VALUES, ENV).read()
    assert greedy == pytest.approx(math.log(0.7 * 1.3))


def test_the_terminal_version_can_be_retyped():
    names = vars(sympy) | vars(notation) | {"w": W}
    for expr, _ in GOLDEN:
        other_kinds = (
            expr.is_Relational or expr.is_Indexed or expr.has(Derivative, Max, AppliedUndef, inputs)
        )
        if not other_kinds:
            retyped = S(eval(plain(expr), names))
            got = value_of(retyped, VALUES, ENV)
            assert got == pytest.approx(value_of(expr, VALUES, ENV))
