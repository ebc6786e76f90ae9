r"""What the handwritten notes (logistic function, softmax, its gradient) print, as printed.

Sums that are printed without limits run over all scores, as they do where the notes give the
limits. A bare sum sign is taken for the sum of the exponentials.

The vector is introduced as X with the entries x_1, ..., x_n, and softmax is written S(x). The
entries have the same letters in both, so nothing was made of the capital one; nor of the small
w in S(g(w)), which is W elsewhere.

Not here: the remarks that say what a property is used for.
"""

import math

import numpy as np
import sympy
from sympy import (
    Abs,
    Derivative,
    Eq,
    Function,
    Ge,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Le,
    Max,
    Ne,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
    symbols,
)

from gradproof.activations import log_softmax, logistic, softmax, softmax_jacobian
from gradproof.errata import Chain, Printed, Source, Values

n, N, T = symbols("n N T", integer=True, positive=True)
i, j, k, t, l = symbols("i j k t l", integer=True)
D, one_number = symbols("D x", real=True)
sigma_sum = Symbol("Sigma", real=True)  # the notes write a bare sum sign
f = Function("f", real=True)


def array(name: str, *shape) -> IndexedBase:
    """Return an array of the notes; its size depends on the page."""
    return IndexedBase(name, shape=shape, real=True)


def softmax_of(scores: IndexedBase, at, size):
    """Return the entry of softmax as the notes define it, with a sum from 1 to the size."""
    return exp(scores[at]) / Sum(exp(scores[k]), (k, 1, size))


# Start: n numbers x. Gradient, part (1): N numbers x; part (2): T scores g, N inputs x.
x, S = array("x", n), array("S", n)
x_N, S_N = array("x", N), array("S", N)
w, g, inputs, S_T, s_T = (
    array("w", T, N),
    array("g", T),
    array("x", N),
    array("S", T),
    array("s", T),
)
square, g_N = array("w", N, N), array("g", N)
one, two, three = array("x", 1), array("x", 2), array("x", 3)
largest = Max(*(three[at] for at in (1, 2, 3)))


def naive_softmax(values) -> np.ndarray:
    """Compute softmax as its definition reads, without the shift."""
    with np.errstate(all="ignore"):
        exponentials = np.exp(np.asarray(values, float))
        return exponentials / exponentials.sum()


def shifted_softmax(values, shift) -> np.ndarray:
    """Compute softmax with the same number added to every entry."""
    return naive_softmax(np.asarray(values, float) + shift)


def normalised_softmax(values) -> np.ndarray:
    """Compute softmax with the largest entry taken off."""
    return shifted_softmax(values, -np.max(values))


def quiet_exp(value) -> np.floating:
    """Return NumPy's exponential without its warning."""
    with np.errstate(over="ignore"):
        return np.exp(np.float64(value))


def second_form(value) -> np.floating:
    """Compute the logistic function by the second fraction of the notes."""
    with np.errstate(all="ignore"):
        return quiet_exp(value) / (1 + quiet_exp(value))


# Two scores from three inputs (T = 2, N = 3), in exact numbers.
W = sympy.Matrix(2, 3, sympy.symbols("w11 w12 w13 w21 w22 w23", real=True))
v = sympy.Matrix(sympy.symbols("x1 x2 x3", real=True))
layer = W * v
outputs = layer.applyfunc(exp) / sum(layer.applyfunc(exp))
values = dict(zip(W, map(log, (2, 3, 5, 7, 4, 3)), strict=True))
values |= dict(zip(v, (2, 1, 3), strict=True))
by_scores = (sympy.diag(*outputs) - outputs * outputs.T).subs(values)  # of S by g
by_weights = layer.jacobian(W.reshape(6, 1)).subs(values)  # of g by W
by_inputs = layer.jacobian(v).subs(values)  # of g by x
weights, signal = (np.array(part.subs(values), float) for part in (W, v))


def whole_by_weights() -> sympy.Matrix:
    """Differentiate all of S(g(W)) by the weights, without the chain rule."""
    return outputs.jacobian(W.reshape(6, 1)).subs(values)


def equal(left: sympy.Matrix, right: sympy.Matrix) -> bool:
    """Tell whether two matrices of exact numbers are equal."""
    return left.shape == right.shape and all(
        sympy.cancel(difference) == 0 for difference in left - right
    )


def by_rule(rule) -> sympy.Matrix:
    """Fill a Jacobian of g by x by a rule (row, column) -> entry; the rule says its size."""
    rows, columns, entry = rule
    return sympy.Matrix(rows, columns, entry)


#: Row = output, column = input: how the notes lay a Jacobian out.
notes_rule = (2, 3, lambda row, column: sympy.diff(layer[row], v[column]))
#: Row = input, column = output: how the lecture on networks does.
networks_rule = (3, 2, lambda row, column: sympy.diff(layer[column], v[row]))


def formula_entries() -> np.ndarray:
    """Compute the last formula of the notes for every t, i, j without multiplying Jacobians."""
    a = softmax((weights @ signal).ravel())
    return a[:, None, None] * (np.eye(2) - a)[:, :, None] * signal.ravel()


def matrix_product() -> np.ndarray:
    """Compute the same numbers as a product of the two matrices of the chain rule."""
    return (softmax_jacobian((weights @ signal).ravel()) @ np.array(by_weights, float)).reshape(
        2, 2, 3
    )


def error_is_small(values) -> bool:
    """Tell whether softmax with the largest entry taken off is right to 15 decimals."""
    with sympy.evaluate(True):
        total = sum(exp(Integer(value)) for value in values)
        right = [float((exp(Integer(value)) / total).evalf(40)) for value in values]
    return bool(np.allclose(normalised_softmax(values), right, rtol=0, atol=1e-15))


def slopes_of_scores() -> np.ndarray:
    """Compute the slopes of softmax by its scores at the numbers above: row t, column i."""
    return softmax_jacobian((weights @ signal).ravel())


with evaluate(False):
    logistic_meaning = Eq(f(one_number), 1 / (1 + exp(-one_number)))
    softmax_n = Eq(S[i], exp(x[i]) / Sum(exp(x[j]), (j, 1, n)))
    softmax_N = Eq(S_N[j], softmax_of(x_N, j, N))
    bare_sum = Eq(sigma_sum, Sum(exp(x_N[k]), (k, 1, N)))
    sum_of_x = Sum(x_N[k], (k, 1, N))
    sum_of_exp = Sum(exp(x_N[k]), (k, 1, N))
    layer_row = Eq(g[t], Sum(w[t, l] * inputs[l], (l, 1, N)))
    softmax_T = Eq(S_T[t], softmax_of(g, t, T))
    whole = [softmax_T, layer_row]
    square_row = Eq(g_N[t], Sum(square[t, l] * x_N[l], (l, 1, N)))
    square_whole = [Eq(S_N[t], softmax_of(g_N, t, N)), square_row]

    printed = Source(
        "Handwritten notes on softmax",
        [
            Printed(
                "logistic-two-forms",
                "S0-01",
                "Start, the logistic function",
                Chain(
                    f(one_number),
                    ("=", 1 / (1 + exp(-one_number))),
                    ("=", exp(one_number) / (1 + exp(one_number))),
                    given=[logistic_meaning],
                ),
            ),
            Printed(
                "logistic-second-form-in-floats",
                "S0-01",
                r"Start, the logistic function for $x \in \mathbb{R}$, its second fraction run in "
                "NumPy",
                Values(
                    ("$f(709)$", lambda: second_form(709), 1.0, 1e-12),
                    ("$f(710)$", lambda: second_form(710), 1.0, 1e-12),
                ),
                title="Two fractions, equal as numbers and different as programs",
                correction=Values(
                    ("first fraction, $f(710)$", lambda: 1 / (1 + quiet_exp(-710)), 1.0, 1e-12),
                    ("second fraction, $f(-710)$", lambda: second_form(-710), 0.0, 1e-12),
                    ("by the sign of $x$, $f(710)$", lambda: logistic(np.float64(710)), 1.0, 1e-12),
                ),
                cause="unsaid",
            ),
            Printed(
                "softmax-generalises",
                "S0-03",
                r"Start, the heading “generalisation to higher dimensions”, read at dimension 1",
                Chain(softmax_of(one, 1, 1), ("=", 1 / (1 + exp(-one[1])))),
                title="Which softmax is the logistic function",
                correction=Chain(softmax_of(two, 1, 2), ("=", 1 / (1 + exp(-(two[1] - two[2]))))),
                cause="unsaid",
            ),
            Printed(
                "softmax",
                "S0-02",
                r"Start, softmax, its fractions and $S(x) \in \mathbb{R}^n$, run at "
                r"$x = (\ln 2, \ln 3, \ln 5)$",
                Values(
                    ("shape of $S(x)$", lambda: naive_softmax(np.log([2, 3, 5])).shape, (3,)),
                    (
                        "the printed fractions, less the softmax of this book",
                        lambda: naive_softmax(np.log([2, 3, 5])) - softmax(np.log([2.0, 3.0, 5.0])),
                        [0.0, 0.0, 0.0],
                        1e-12,
                    ),
                ),
            ),
            Printed(
                "sum-is-one",
                "S0-04",
                "Start, property 1, the norm written out as a sum",
                Chain(
                    Sum(Abs(S[i]), (i, 1, n)),
                    ("=", Sum(exp(x[i]) / Sum(exp(x[j]), (j, 1, n)), (i, 1, n))),
                    ("=", Integer(1)),
                    given=[softmax_n],
                ),
            ),
            Printed(
                "probability-interpretation",
                "S0-05",
                "Start, below property 1, the conclusion drawn from the sum 1",
                Chain(
                    Integer(0),
                    ("<=", S[i]),
                    ("<=", Sum(S[k], (k, 1, n))),
                    ("=", Integer(1)),
                    given=[Eq(Sum(S[k], (k, 1, n)), 1)],
                ),
                title="A sum of 1 alone does not make probabilities",
                needs=[Ge(S[i], 0)],
                cause="unsaid",
            ),
            Printed(
                "shift",
                "S0-06",
                "Start, property 2, the chain with $D$",
                Chain(
                    exp(x[j] + D) / Sum(exp(x[k] + D), (k, 1, n)),
                    ("=", exp(D) * exp(x[j]) / (exp(D) * Sum(exp(x[k]), (k, 1, n)))),
                    ("=", softmax_of(x, j, n)),
                ),
            ),
            Printed(
                "stability-is-the-shift",
                "S0-06",
                "Start, property 2, numerical stability explained by the chain with $D$, run in "
                "NumPy at $x = (0, 0)$",
                Values(
                    ("$D = 1000$", lambda: shifted_softmax([0, 0], 1000), [0.5, 0.5]),
                    ("$D = -1000$", lambda: shifted_softmax([0, 0], -1000), [0.5, 0.5]),
                ),
                title="Not every shift is stable",
                correction=Values(
                    (
                        r"$x = (0, 0)$, $D = -\max_i x_i$",
                        lambda: normalised_softmax([0, 0]),
                        [0.5, 0.5],
                    ),
                    (
                        r"$x = (1000, 1000)$, $D = -\max_i x_i$",
                        lambda: normalised_softmax([1000, 1000]),
                        [0.5, 0.5],
                    ),
                    (
                        r"$x = (-1000, -1000)$, $D = -\max_i x_i$",
                        lambda: normalised_softmax([-1000, -1000]),
                        [0.5, 0.5],
                    ),
                ),
                cause="shorthand",
            ),
            Printed(
                "largest-float64",
                "S0-07",
                "Start, below property 2, the power of ten of the largest float64",
                Values(
                    (
                        "power of ten in the largest float64",
                        lambda: math.floor(math.log10(np.finfo(np.float64).max)),
                        38,
                    )
                ),
                title="The largest number of the type",
                correction=Values(
                    (
                        "power of ten in the largest float64",
                        lambda: math.floor(math.log10(np.finfo(np.float64).max)),
                        308,
                    ),
                    (
                        "power of ten in the largest float32",
                        lambda: math.floor(math.log10(np.finfo(np.float32).max)),
                        38,
                    ),
                    (
                        r"largest float64 $= (2 - 2^{-52})\, 2^{1023}$",
                        lambda: int(np.finfo(np.float64).max) == (2**53 - 1) * 2**971,
                        True,
                    ),
                    (
                        "power of ten in $e^{100}$, which is finite",
                        lambda: math.floor(math.log10(quiet_exp(100))),
                        43,
                    ),
                    ("$e^{709}$ is finite", lambda: bool(np.isfinite(quiet_exp(709))), True),
                    ("$e^{710}$ is finite", lambda: bool(np.isfinite(quiet_exp(710))), False),
                ),
                cause="slip or scan",
            ),
            Printed(
                "softmax-of-one-number",
                "S0-08",
                r"Start, $\text{softmax}(1000) \sim e^{1000}$, the sign taken for $=$, for any "
                "single number",
                Chain(softmax_of(one, 1, 1), ("=", exp(one[1]))),
                title="The softmax of a single number",
                correction=Chain(softmax_of(one, 1, 1), ("=", Integer(1))),
                cause="shorthand",
            ),
            Printed(
                "exponential-of-1000",
                "S0-08",
                r"Start, $e^{1000} = \text{NaN}$, run in NumPy",
                Values(("$e^{1000}$", lambda: quiet_exp(1000), math.nan)),
                title="Infinity and not a number",
                correction=Values(
                    ("$e^{1000}$ in NumPy", lambda: quiet_exp(1000), math.inf),
                    ("$e^{1000}$ by `math.exp`", lambda: math.exp(1000), OverflowError),
                    ("inf divided by inf", lambda: np.float64(math.inf) / np.inf, math.nan),
                ),
                cause="shorthand",
            ),
            Printed(
                "naive-softmax-of-1000",
                "S0-08",
                r"Start, $\text{softmax}(1000)$ is NaN, run in NumPy as the definition reads",
                Values(("softmax of $(1000)$", lambda: naive_softmax([1000]), [math.nan])),
            ),
            Printed(
                "shift-by-the-maximum",
                "S0-09",
                "Start, the normalisation, at $n = 3$",
                Chain(
                    exp(three[j] - largest) / Sum(exp(three[k] - largest), (k, 1, 3)),
                    ("=", softmax_of(three, j, 3)),
                ),
            ),
            Printed(
                "grouped-data",
                "S0-10",
                "Start, in brackets below the normalisation: it is made on the assumption that "
                "the data are grouped; read as a condition, and run in NumPy at the spread "
                "$x = (-1000, 0, 1000)$",
                Values(
                    (
                        "assumption needed for entries right to 15 decimals",
                        lambda: not error_is_small([-1000, 0, 1000]),
                        True,
                    )
                ),
                title="An assumption the normalisation does without",
                correction=Values(
                    (
                        "entries right to 15 decimals without it",
                        lambda: error_is_small([-1000, 0, 1000]),
                        True,
                    ),
                    (
                        "smallest entry, rounded to 0",
                        lambda: normalised_softmax([-1000, 0, 1000])[0],
                        0.0,
                    ),
                    (
                        "logarithm of that entry",
                        lambda: np.log(normalised_softmax([-1000, 0, 1000])[0]),
                        -math.inf,
                    ),
                    (
                        "the same logarithm by log-softmax",
                        lambda: log_softmax(np.array([-1000.0, 0.0, 1000.0]))[0],
                        -2000.0,
                        1e-9,
                    ),
                    (
                        "smallest entry for $x = (300, 700, 1000)$ is above 0",
                        lambda: bool(normalised_softmax([300, 700, 1000])[0] > 0),
                        True,
                    ),
                ),
                cause="shorthand",
            ),
            Printed(
                "chain-rule-headline",
                "S0-11",
                "Gradient, the chain rule with the marks (1) and (2), run at $T = 2$ scores and "
                "$N = 3$ inputs",
                Values(
                    (
                        r"$\nabla S(g)\, \nabla g\, W$: shape",
                        lambda: (by_scores * by_weights * W).shape,
                        (2, 6),
                    ),
                    (
                        r"the factor marked (1), $\nabla S$ below: shape",
                        lambda: by_weights.shape,
                        (2, 2),
                    ),
                ),
                title="A pair of brackets and a mark out of place",
                correction=Values(
                    (
                        r"$\nabla S(g)\, \nabla g(W)$: shape",
                        lambda: (by_scores * by_weights).shape,
                        (2, 6),
                    ),
                    (
                        r"$\nabla S(g)\, \nabla g(W) = \nabla S(g(W))$",
                        lambda: equal(by_scores * by_weights, whole_by_weights()),
                        True,
                    ),
                    (r"(1) $= \nabla S(g)$: shape", lambda: by_scores.shape, (2, 2)),
                    (r"(2) $= \nabla g(W)$: shape", lambda: by_weights.shape, (2, 6)),
                ),
                cause="scan",
            ),
            Printed(
                "softmax-jacobian-shape",
                "S0-12",
                "Gradient, part (1), the Jacobian of softmax, run at $N = 3$",
                Values(
                    (
                        r"shape of $\nabla S$",
                        lambda: softmax_jacobian(np.array([2.0, 3.0, 5.0])).shape,
                        (3, 3),
                    ),
                ),
            ),
            Printed(
                "softmax-slope",
                "S0-13",
                r"Gradient, part (1), $\nabla_i S_j$ up to the brace",
                Chain(
                    Derivative(S_N[j], x_N[i]),
                    ("=", Derivative(softmax_of(x_N, j, N), x_N[i])),
                    given=[softmax_N],
                ),
            ),
            Printed(
                "other-logit",
                "S0-13",
                r"Gradient, part (1), the case $i \ne j$ of the first brace",
                Chain(
                    Derivative(S_N[j], x_N[i]),
                    ("=", -exp(x_N[i]) * exp(x_N[j]) / sum_of_x**2),
                    ("=", -S_N[i] * S_N[j]),
                    given=[softmax_N, Ne(i, j)],
                ),
                title="A denominator without its exponentials",
                correction=Chain(
                    Derivative(S_N[j], x_N[i]),
                    ("=", -exp(x_N[i]) * exp(x_N[j]) / sum_of_exp**2),
                    ("=", -S_N[i] * S_N[j]),
                    given=[softmax_N, Ne(i, j)],
                ),
                cause="slip or scan",
            ),
            Printed(
                "own-logit",
                "S0-13",
                r"Gradient, part (1), the case $i = j$ of the first brace; the bare $\Sigma$ is "
                "the sum of exponentials",
                Chain(
                    Derivative(S_N[i], x_N[i]),
                    ("=", (exp(x_N[i]) * sum_of_x - exp(2 * x_N[i])) / sum_of_x**2),
                    ("=", exp(x_N[i]) / sigma_sum * ((sigma_sum - exp(x_N[i])) / sigma_sum)),
                    ("=", S_N[i] * (1 - S_N[i])),
                    given=[softmax_N, bare_sum],
                ),
                title="The same denominator, and the same sum in the numerator",
                correction=Chain(
                    Derivative(S_N[i], x_N[i]),
                    ("=", (exp(x_N[i]) * sum_of_exp - exp(2 * x_N[i])) / sum_of_exp**2),
                    ("=", exp(x_N[i]) / sigma_sum * ((sigma_sum - exp(x_N[i])) / sigma_sum)),
                    ("=", S_N[i] * (1 - S_N[i])),
                    given=[softmax_N, bare_sum],
                ),
                cause="slip or scan",
            ),
            Printed(
                "both-cases-other",
                "S0-14",
                r"Gradient, part (1), the second brace, the case $i \ne j$",
                Chain(
                    Derivative(S_N[j], x_N[i]),
                    ("=", -S_N[i] * S_N[j]),
                    ("=", S_N[j] * (KroneckerDelta(i, j) - S_N[i])),
                    given=[softmax_N, Ne(i, j)],
                ),
            ),
            Printed(
                "both-cases-own",
                "S0-14",
                "Gradient, part (1), the second brace, the case $i = j$",
                Chain(
                    Derivative(S_N[i], x_N[i]),
                    ("=", S_N[i] * (1 - S_N[i])),
                    ("=", S_N[i] * (KroneckerDelta(i, i) - S_N[i])),
                    given=[softmax_N],
                ),
            ),
            Printed(
                "kronecker-zero",
                "S0-15",
                r"Gradient, part (1), the delta, $i \ne j$",
                Chain(
                    KroneckerDelta(i, j),
                    ("=", Integer(0)),
                    given=[Ne(i, j), Ge(i, 1), Le(i, N), Ge(j, 1), Le(j, N)],
                ),
            ),
            Printed(
                "kronecker-one",
                "S0-15",
                "Gradient, part (1), the delta, $i = j$",
                Chain(KroneckerDelta(i, i), ("=", Integer(1)), given=[Ge(i, 1), Le(i, N)]),
            ),
            Printed(
                "layer-jacobian-by-weights",
                "S0-16",
                r"Gradient, part (2), the matrix $\nabla g$ of $T$ rows and $N$ columns, as the "
                r"factor of $\nabla S(g(W))$, run at $T = 2$, $N = 3$",
                Values((r"$\nabla g(W)$: shape", lambda: by_weights.shape, (2, 3))),
                title="The derivative by the inputs in place of that by the weights",
                correction=Values(
                    ("$g$ by $W$: shape", lambda: by_weights.shape, (2, 6)),
                    ("$g$ by $x$: shape", lambda: by_inputs.shape, (2, 3)),
                    (
                        "$g$ by $x$ is $W$",
                        lambda: equal(by_inputs, W.subs(values)),
                        True,
                    ),
                ),
                cause="slip",
            ),
            Printed(
                "layouts-clash",
                "S0-12, S0-16",
                r"Gradient, part (2), the matrix $\nabla g$, read with the rule "
                r"$(\cdot)_{n,m} = \partial y_m/\partial x_n$ of the lecture on networks, run at "
                "$T = 2$, $N = 3$",
                Values(("$g$ by $x$: shape", lambda: by_rule(networks_rule).shape, (2, 3))),
                title="Two layouts of a Jacobian",
                correction=Values(
                    (
                        "by the notes' rule, row = output: shape",
                        lambda: by_rule(notes_rule).shape,
                        (2, 3),
                    ),
                    (
                        "by the lecture's rule, row = input: shape",
                        lambda: by_rule(networks_rule).shape,
                        (3, 2),
                    ),
                    (
                        "each is the other transposed",
                        lambda: equal(by_rule(notes_rule), by_rule(networks_rule).T),
                        True,
                    ),
                    (
                        "softmax: transposed = itself",
                        lambda: equal(by_scores, by_scores.T),
                        True,
                    ),
                ),
                cause="convention",
            ),
            Printed(
                "matrices-do-not-fit",
                "S0-11, S0-12, S0-16",
                r"Gradient, chain rule with $\nabla S$ as $N \times N$ of part (1) and $\nabla g$ "
                r"as $T \times N$ of part (2), run at $T = 2$, $N = 3$",
                Values(
                    (
                        r"$\nabla S\, \nabla g$: shape",
                        lambda: (softmax_jacobian(signal.ravel()) @ weights).shape,
                        (2, 3),
                    )
                ),
                title="One letter for the number of outputs and of inputs, in a product",
                correction=Values(
                    (
                        r"$T \times T$ times $T \times N$, by $x$: shape",
                        lambda: (by_scores * by_inputs).shape,
                        (2, 3),
                    ),
                    (
                        "it is the derivative of the whole by $x$",
                        lambda: equal(by_scores * by_inputs, outputs.jacobian(v).subs(values)),
                        True,
                    ),
                    (
                        r"$T \times T$ times $T \times TN$, by $W$: shape",
                        lambda: (by_scores * by_weights).shape,
                        (2, 6),
                    ),
                    (
                        "it is the derivative of the whole by $W$",
                        lambda: equal(by_scores * by_weights, whole_by_weights()),
                        True,
                    ),
                ),
                cause="convention",
            ),
            Printed(
                "layer-is-a-matrix-product",
                "S0-17",
                r"Gradient, part (2), $g_i$ as a matrix product, run at $T = 2$, $N = 3$",
                Values(
                    (
                        "sums of products = matrix product",
                        lambda: [
                            float(sum(weights[row, at] * signal[at, 0] for at in range(3)))
                            for row in range(2)
                        ],
                        (weights @ signal).ravel().tolist(),
                        1e-12,
                    )
                ),
            ),
            Printed(
                "x-means-two-things",
                "S0-13, S0-18",
                r"Gradient, $\nabla_i S_j = \partial S_j/\partial x_i$ of part (1), read with the "
                "$x$ of part (2), the inputs of the layer, with $T = N$",
                Chain(
                    Derivative(S_N[j], x_N[i]),
                    ("=", S_N[j] * (KroneckerDelta(i, j) - S_N[i])),
                    given=square_whole,
                ),
                title="One letter for what softmax takes and what the layer takes",
                correction=Chain(
                    Derivative(S_T[j], g[i]),
                    ("=", S_T[j] * (KroneckerDelta(i, j) - S_T[i])),
                    given=whole,
                ),
                cause="convention",
            ),
            Printed(
                "weight-of-the-own-row",
                "S0-17",
                r"Gradient, part (2), $\nabla_{ij} g_t$, the case $i = t$; read with $T = N$, so "
                "that $x_i$ exists for every row",
                Chain(
                    Derivative(g_N[i], square[i, j]),
                    (
                        "=",
                        Derivative(Sum(square[i, l] * x_N[l], (l, 1, N)), square[i, j]),
                    ),
                    ("=", x_N[i]),
                    given=[square_row],
                ),
                title="The number of the row where that of the column belongs",
                correction=Chain(
                    Derivative(g[i], w[i, j]),
                    ("=", Derivative(Sum(w[i, l] * inputs[l], (l, 1, N)), w[i, j])),
                    ("=", inputs[j]),
                    given=[layer_row],
                ),
                cause="slip or scan",
            ),
            Printed(
                "weight-of-another-row",
                "S0-17",
                r"Gradient, part (2), $\nabla_{ij} g_t$, the case $i \ne t$",
                Chain(
                    Derivative(g[t], w[i, j]),
                    ("=", Derivative(Sum(w[i, l] * inputs[l], (l, 1, N)), w[i, j])),
                    ("=", Integer(0)),
                    given=[layer_row, Ne(i, t)],
                ),
                title="One letter for the row of the weight and the row of the score",
                correction=Chain(
                    Derivative(g[t], w[i, j]),
                    ("=", Derivative(Sum(w[t, l] * inputs[l], (l, 1, N)), w[i, j])),
                    ("=", Integer(0)),
                    given=[layer_row, Ne(i, t)],
                ),
                cause="slip or scan",
            ),
            Printed(
                "chain-rule-sum",
                "S0-18",
                r"Gradient, the last chain, the sum over $k$",
                Chain(
                    Derivative(S_T[t], w[i, j]),
                    ("=", Sum(Derivative(S_T[t], g[k]) * Derivative(g[k], w[i, j]), (k, 1, T))),
                    given=whole,
                ),
            ),
            Printed(
                "brace-other-rows",
                "S0-18",
                r"Gradient, the last chain, the brace under $\nabla_{ij} g_k$",
                Chain(Derivative(g[k], w[i, j]), ("=", Integer(0)), given=[layer_row, Ne(i, k)]),
            ),
            Printed(
                "lost-index",
                "S0-18",
                r"Gradient, the last chain, $\nabla S_t \nabla_{ij} g_i$, run at $T = 2$, $N = 3$, "
                "$t = 1$, $i = 2$, $j = 3$",
                Values(
                    (
                        r"shape of $\nabla S_t \nabla_{ij} g_i$, between two single numbers",
                        lambda: np.shape(slopes_of_scores()[0] * signal[2, 0]),
                        (),
                    )
                ),
                title="An index that was lost",
                correction=Chain(
                    Sum(Derivative(S_T[t], g[k]) * Derivative(g[k], w[i, j]), (k, 1, T)),
                    ("=", Derivative(S_T[t], g[i]) * Derivative(g[i], w[i, j])),
                    given=whole,
                ),
                cause="slip or scan",
            ),
            Printed(
                "brace-own-row",
                "S0-18",
                r"Gradient, the last chain, the brace under $\nabla_{ij} g_i$",
                Chain(Derivative(g[i], w[i, j]), ("=", inputs[j]), given=[layer_row]),
            ),
            Printed(
                "one-term-left",
                "S0-18",
                "Gradient, the last chain, the sum and the third term",
                Chain(
                    Sum(Derivative(S_T[t], g[k]) * Derivative(g[k], w[i, j]), (k, 1, T)),
                    ("=", Derivative(S_T[t], g[i]) * inputs[j]),
                    given=whole,
                ),
            ),
            Printed(
                "small-s",
                "S0-18",
                "Gradient, the last chain, its last formula",
                Chain(
                    Derivative(S_T[t], g[i]) * inputs[j],
                    ("=", S_T[t] * (KroneckerDelta(t, i) - s_T[i]) * inputs[j]),
                    given=whole,
                ),
                title="Capital and small letter for one softmax",
                needs=[Eq(s_T[i], S_T[i])],
                cause="slip or scan",
            ),
            Printed(
                "gradient-is-softmax",
                "S0-19",
                "Gradient, the first point of the summary: the slope is softmax itself “(almost)”, "
                "up to the factor of part (1)",
                Chain(
                    Derivative(S_N[j], x_N[i]),
                    ("=", S_N[j] * (KroneckerDelta(i, j) - S_N[i])),
                    given=[softmax_N],
                ),
            ),
            Printed(
                "linear-gradient-is-softmax",
                "S0-18, S0-19",
                "Gradient, the second point of the summary: softmax itself “(almost)” once more, "
                "up to two factors; read for softmax of a linear function",
                Chain(
                    Derivative(S_T[t], w[i, j]),
                    ("=", S_T[t] * (KroneckerDelta(t, i) - S_T[i]) * inputs[j]),
                    given=whole,
                ),
            ),
            Printed(
                "linear-function-of-softmax",
                "S0-18, S0-19",
                "Gradient, the second point of the summary, a linear function of softmax; words "
                "in this order, with the slope found above, at $T = N$",
                Chain(
                    Derivative(Sum(square[t, k] * S_N[k], (k, 1, N)), square[i, j]),
                    ("=", S_N[t] * (KroneckerDelta(t, i) - S_N[i]) * x_N[j]),
                    given=[softmax_N],
                ),
                title="Which of the two functions comes first",
                correction=Chain(
                    Derivative(S_T[t], w[i, j]),
                    ("=", S_T[t] * (KroneckerDelta(t, i) - S_T[i]) * inputs[j]),
                    given=whole,
                ),
                cause="shorthand",
            ),
            Printed(
                "no-matrix-product",
                "S0-20",
                "Gradient, the last line, run at $T = 2$, $N = 3$",
                Values(
                    (
                        r"last formula, entry by entry $=$ $\nabla S(g)\, \nabla g(W)$",
                        lambda: bool(
                            np.allclose(formula_entries(), matrix_product(), rtol=1e-9, atol=1e-30)
                        ),
                        True,
                    )
                ),
            ),
        ],
    )
