r"""What the lecture on linear models and networks prints, from "Многомерная задача" to its end.

The first part is about slopes of vectors and matrices, the second about losses. Sums printed
without limits run over all classes. What several slides show alike is taken down once.

Not here: the figures that our copy has lost, and two names for one thing on one slide (KL and
D_KL, P and p), which mislead nobody.
"""

from itertools import product

import numpy as np
import sympy
from scipy.special import entr, rel_entr
from sympy import (
    Derivative,
    Eq,
    Expr,
    Ge,
    Gt,
    Heaviside,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Le,
    Max,
    Mul,
    Ne,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
    symbols,
)

from gradproof.activations import softmax
from gradproof.errata import Chain, Printed, Source, Values
from gradproof.losses import cross_entropy_from_logits

C, D, M, N = (Symbol(name, integer=True, positive=True) for name in "CDMN")
d, i, j, k, l, m, n, x_class = symbols("d i j k l m n x", integer=True)
y_i = Symbol("y_i", integer=True)  # the class of an example
label = Symbol("y_i", real=True)  # the same letters, as a number
lam, L, weight = symbols("lambda L C", real=True)

# A layer with a row for each example.
x = IndexedBase("x", shape=(N, D), real=True)
w = IndexedBase("w", shape=(D, M), real=True)
y = IndexedBase("y", shape=(N, M), real=True)
upstream = IndexedBase("u", shape=(N, M), real=True)

# A vector, entry by entry through max(0, x).
x_vector = IndexedBase("x", shape=(D,), real=True)
y_vector = IndexedBase("y", shape=(D,), real=True)
u_vector = IndexedBase("u", shape=(D,), real=True)

# The hinge loss: s and W of the slides before it, w and x_i of its own.
s_two = IndexedBase("s", shape=(2,), real=True)
W_two = IndexedBase("W", shape=(2, D), real=True)
W_other = IndexedBase("W", shape=(D,), real=True)
w_vector = IndexedBase("w", shape=(D,), real=True)
labels = IndexedBase("y", shape=(N,), real=True)
losses = IndexedBase("L", shape=(N,), real=True)

# Softmax: four letters for what goes in, N classes.
a, f, o, s, z = (IndexedBase(name, shape=(N,), real=True) for name in "afosz")
p, q, target = (IndexedBase(name, shape=(N,), real=True) for name in "pqy")

# N examples with C classes each.
all_o, all_p, all_y = (IndexedBase(name, shape=(N, C), real=True) for name in "opy")


# --- Slopes of a vector by a vector --------------------------------------------------

POINT = symbols("x_1 x_2 x_3", real=True)
x_1, x_2, x_3 = POINT
AT = dict(zip(POINT, (2, 1, 4), strict=True))
OUTPUTS = [x_1 * x_2, x_2 + 3 * x_3]
step = Symbol("h", positive=True)


def slope(function: Expr, variable: Symbol) -> Expr:
    """Return a slope at the point as the limit of the printed question: how much per change."""
    moved = function.subs({variable: variable + step})
    return sympy.limit(((moved - function) / step).subs(AT), step, 0)


def jacobian(rows, columns, entry) -> list:
    """Return a matrix as a list of rows, its entries by a rule."""
    return [[entry(row, column) for column in columns] for row in rows]


def lecture_layout() -> list:
    """Fill the Jacobian by the rule of the slide: entry (n, m) is the slope of y_m by x_n."""
    return jacobian(POINT, OUTPUTS, lambda variable, output: slope(output, variable))


def other_layout() -> list:
    """Fill it with a row for each output, as the handwritten notes do."""
    return jacobian(OUTPUTS, POINT, slope)


def product_with_upstream(matrix):
    """Multiply a Jacobian by the slopes of L = y_1 y_2, as printed: [dy/dx] [dL/dy]."""
    first, second = (int(output.subs(AT)) for output in OUTPUTS)
    return (np.array(matrix(), int) @ np.array([second, first])).tolist()


def gradient_of_loss() -> list:
    """Return the slopes of L = y_1 y_2 by each x_n, without any Jacobian."""
    return [int(slope(OUTPUTS[0] * OUTPUTS[1], variable)) for variable in POINT]


GRADIENT = [int((OUTPUTS[0] * OUTPUTS[1]).diff(variable).subs(AT)) for variable in POINT]
JACOBIAN = sympy.derive_by_array(OUTPUTS, POINT).subs(AT).tolist()


# --- The ReLU of the slide -----------------------------------------------------------

RELU_X = np.array([1.0, -2.0, 3.0, -1.0])
RELU_Y = [1.0, 0.0, 3.0, 0.0]
RELU_UPSTREAM = np.array([4.0, -1.0, 5.0, 9.0])
RELU_RESULT = [4.0, 0.0, 5.0, 0.0]
GRAIN = 2.0**-10


def relu(values):
    """Return max(0, x), entry by entry."""
    return np.maximum(0, values)


def relu_jacobian(values):
    """Measure the Jacobian of the ReLU away from its kink, by steps that lose no digit."""
    moves = GRAIN * np.eye(len(values))
    return np.array([(relu(values + move) - relu(values)) / GRAIN for move in moves])


def relu_by_cases(values, upstream_values):
    """Return the printed cases: upstream where x_i > 0, else 0."""
    pairs = zip(values, upstream_values, strict=True)
    return [float(up) if value > 0 else 0.0 for value, up in pairs]


def loss_slopes_at(value, up):
    """Measure the slope of up * max(0, x) from the left and from the right."""
    left = up * (relu(value) - relu(value - GRAIN)) / GRAIN
    right = up * (relu(value + GRAIN) - relu(value)) / GRAIN
    return [float(left), float(right)]


# --- A layer: memory, shapes, numbers ------------------------------------------------

BATCH, WEIGHTS = (64, 4096), (4096, 4096)  # x and y alike, and w
GIB, GB = 2**30, 10**9


def array_bytes(shape, kind=np.float32) -> int:
    """Return how many bytes an array takes, without making it: one number, shown as many."""
    return np.broadcast_to(np.zeros((), kind), shape).nbytes


def fitting(wanted, first, second) -> int:
    """Count the products of two matrices, in either order and transposed or not, of a shape."""
    orders = (first, second), (second, first)
    tried = [pair for a, b in orders for pair in product((a, a[::-1]), (b, b[::-1]))]
    return sum(left[1] == right[0] and (left[0], right[1]) == wanted for left, right in tried)


def fitting_for(rows, inputs, outputs) -> tuple[int, int]:
    """Count the products of the shape of x, and those of the shape of w."""
    x_shape, w_shape, y_shape = (rows, inputs), (inputs, outputs), (rows, outputs)
    return fitting(x_shape, y_shape, w_shape), fitting(w_shape, x_shape, y_shape)


def layer(rows, inputs, outputs):
    """Return x, w and an upstream of whole numbers."""
    rng = np.random.default_rng(56)
    shapes = (rows, inputs), (inputs, outputs), (rows, outputs)
    return [rng.integers(-9, 10, shape) for shape in shapes]


def exact_slopes(function, at):
    """Return the slopes of a linear function of a matrix of whole numbers, entry by entry."""
    slopes = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        move = np.zeros_like(at)
        move[place] = 1
        slopes[place] = function(at + move) - function(at)
    return slopes


def right_products(rows, size) -> int:
    """Count the products that are the slopes by x, among those of its shape, for D = M."""
    x_value, w_value, up = layer(rows, size, size)
    true = exact_slopes(lambda moved: (up * (moved @ w_value)).sum(), x_value)
    fit = [up @ w_value, up @ w_value.T]
    return sum(np.array_equal(one, true) for one in fit)


def by_whole_jacobian():
    """Return the slopes by x and by w, each from a whole Jacobian times upstream."""
    x_value, w_value, up = layer(2, 3, 4)
    results = []
    for at, run in ((x_value, lambda v: v @ w_value), (w_value, lambda v: x_value @ v)):
        moves = np.eye(at.size, dtype=int).reshape(at.size, *at.shape)
        whole = np.array([(run(at + move) - run(at)).ravel() for move in moves])
        results += (whole @ up.ravel()).tolist()
    return results


def by_printed_products():
    """Return the slopes by x and by w from the two printed products."""
    x_value, w_value, up = layer(2, 3, 4)
    return [*(up @ w_value.T).ravel().tolist(), *(x_value.T @ up).ravel().tolist()]


def scores_layer(rows, inputs, outputs):
    """Return x, W of s = Wx, an upstream, and the slopes by x that are right."""
    x_value, w_value, up = layer(rows, inputs, outputs)
    W_value = w_value.T
    true = exact_slopes(lambda moved: (up * (moved @ W_value.T)).sum(), x_value)
    return x_value, W_value, up, true


def w_transposed_is_right(rows, size) -> bool:
    """Tell whether the printed product is right for W of s = Wx, where its shape is."""
    _, W_value, up, true = scores_layer(rows, size, size)
    return np.array_equal(up @ W_value.T, true)


def w_itself_is_right(rows, inputs, outputs) -> bool:
    """Tell whether the product with W itself is right for s = Wx."""
    _, W_value, up, true = scores_layer(rows, inputs, outputs)
    return np.array_equal(up @ W_value, true)


# --- Losses with numbers -------------------------------------------------------------


def first_form(scores, right):
    """Return the softmax loss as the logarithm of a fraction, literally."""
    with np.errstate(all="ignore"):
        e = np.exp(np.array(scores))
        return float(-np.log(e[right] / e.sum()))


def second_form(scores, right):
    """Return the softmax loss as a difference, literally."""
    with np.errstate(all="ignore"):
        return float(-scores[right] + np.log(np.exp(np.array(scores)).sum()))


def library_form(scores, right):
    """Return the softmax loss from the scores, by the function of this book."""
    return abs(float(cross_entropy_from_logits(scores, np.eye(len(scores))[right])))


def outputs_sum(exponentials, last):
    """Return the sum of all p_i, where the sum below the fraction ends at `last`."""
    return sum(sympy.Rational(one, sum(exponentials[:last])) for one in exponentials)


def literal_entropy(p_values):
    """Return H(p) as the printed sum has it, for q = p."""
    with np.errstate(all="ignore"):
        return float(-(np.array(p_values) * np.log(p_values)).sum())


def literal_divergence(p_values, q_values):
    """Return KL as the printed sum has it."""
    with np.errstate(all="ignore"):
        ratio = np.array(p_values) / np.array(q_values)
        return float((np.array(p_values) * np.log(ratio)).sum())


def gap_of_divergence(p_values, q_values):
    """Return H(p, q) less KL, both as the printed sums have them."""
    with np.errstate(all="ignore"):
        cross_sum = float(-(np.array(p_values) * np.log(q_values)).sum())
        return cross_sum - literal_divergence(p_values, q_values)


# --- Formulas ------------------------------------------------------------------------


def over(term: Expr, index: Symbol = k) -> Expr:
    """Return the sum over all classes."""
    return Sum(term, (index, 1, N))


def total(logits: IndexedBase, index: Symbol = k) -> Expr:
    """Return the sum of the exponentials of the logits."""
    return Sum(exp(logits[index]), (index, 1, N))


def share(logits: IndexedBase, at, index: Symbol = k) -> Expr:
    """Return an entry of softmax."""
    return exp(logits[at]) / total(logits, index)


def without(left_out, term: Expr) -> Expr:
    """Return the sum over all k but one."""
    return Sum((1 - KroneckerDelta(k, left_out)) * term, (k, 1, N))


def score(index) -> Expr:
    """Return w times the example of an index."""
    return Sum(w_vector[d] * x[index, d], (d, 1, D))


def mean(term: Expr) -> Expr:
    """Return the mean over the examples."""
    return (1 / N) * Sum(term, (i, 1, N))


def from_line_five(left_out) -> list[tuple[str, Expr]]:
    """Return the lines of the last slide from the fifth on; the sum leaves out k = 1 or k = i."""
    rest = without(left_out, target[k])
    rest_times_p = without(left_out, target[k] * p[i])
    return [
        ("=", -target[i] * (1 - p[i]) + rest_times_p),
        ("=", -target[i] + target[i] * p[i] + rest_times_p),
        ("=", p[i] * (target[i] + rest) - target[i]),
        ("=", p[i] * (target[i] + rest) - target[i]),
        ("=", p[i] - target[i]),
    ]


with evaluate(False):
    # Vectors and matrices.
    is_product = Eq(y[n, m], Sum(x[n, d] * w[d, m], (d, 1, D)))
    any_loss = Eq(L, Sum(Sum(upstream[n, m] * y[n, m], (m, 1, M)), (n, 1, N)))
    is_relu = Eq(y_vector[i], Max(0, x_vector[i]))
    loss_of_relu = Eq(L, Sum(u_vector[i] * y_vector[i], (i, 1, D)))

    # Hinge loss.
    two_scores = [
        Eq(s_two[j], Sum(W_two[j, d] * x[i, d], (d, 1, D))),
        Eq(w_vector[d], W_two[1, d] - W_two[2, d]),
    ]
    hinge = Max(0, 1 - label * score(i))
    each_hinge = weight * Max(0, 1 - labels[i] * score(i))
    square_sum = Sum(w_vector[d] ** 2, (d, 1, D))
    first_right = Max(0, s_two[2] - s_two[1] + 1)
    second_right = Max(0, s_two[1] - s_two[2] + 1)

    # Softmax and its loss.
    a_class = [Ge(y_i, 1), Le(y_i, N)]
    p_of_a, p_of_f, p_of_o = (
        Eq(p[i], share(a, i)),
        Eq(p[i], share(f, i, j)),
        Eq(p[k], share(o, k, j)),
    )
    fraction = share(a, i)
    own = Derivative(fraction, a[j])
    loss_as_fraction = -log(share(f, y_i, j))
    loss_as_difference = -f[y_i] + log(total(f, j))
    own_steps = [
        ("=", (exp(a[i]) * total(a) - exp(a[j]) * exp(a[i])) / total(a) ** 2),
        ("=", (exp(a[i]) * (total(a) - exp(a[j]))) / total(a) ** 2),
        ("=", (exp(a[j]) / total(a)) * ((total(a) - exp(a[j])) / total(a))),
        ("=", p[i] * (1 - p[j])),
    ]
    other_steps = [
        ("=", (0 - exp(a[j]) * exp(a[i])) / total(a) ** 2),
        ("=", (-exp(a[j]) / total(a)) * (exp(a[i]) / total(a))),
        ("=", -p[j] * p[i]),
    ]

    # Cross-entropy.
    cross = -over(p[x_class] * log(q[x_class]), x_class)
    entropy = -over(p[x_class] * log(p[x_class]), x_class)
    divergence = over(p[x_class] * log(p[x_class] / q[x_class]), x_class)
    sum_of_p = Eq(over(p[x_class], x_class), 1)

    # The last slide.
    sum_of_targets = Eq(over(target[k]), 1)
    last_loss = Eq(L, -over(target[i] * log(p[i]), i))
    one_over_p = Mul(1, 1 / p[k])
    first_lines = [
        ("=", -over(target[k] * Derivative(log(p[k]), o[i]))),
        ("=", -over(target[k] * Derivative(log(p[k]), p[k]) * Derivative(p[k], o[i]))),
        ("=", -over(target[k] * one_over_p * Derivative(p[k], o[i]))),
        ("=", -target[i] * (1 - p[i]) - without(i, target[k] * one_over_p * (-p[k] * p[i]))),
    ]
    one_of_many = -Sum(all_y[i, k] * log(all_p[i, k]), (k, 1, C))
    many = [
        Eq(all_p[i, k], exp(all_o[i, k]) / Sum(exp(all_o[i, j]), (j, 1, C))),
        Eq(Sum(all_y[i, k], (k, 1, C)), 1),
    ]

    printed = Source(
        "The lecture on networks, second half",
        [
            # ---- Vectors ----
            Printed(
                "scalar-to-scalar",
                "S2-48",
                'Slide "Многомерная задача" (many variables), "Scalar to Scalar"',
                Values(
                    (
                        "$y = x^2$ at 2: shape of how much it changes, per change of $x$",
                        lambda: np.shape(slope(x_1**2, x_1)),
                        (),
                    ),
                    ("its value", lambda: slope(x_1**2, x_1), 4),
                ),
            ),
            Printed(
                "vector-to-scalar",
                "S2-48",
                'The same slide, "Vector to Scalar", for $y = x_1 x_2 (x_2 + 3 x_3)$ at (2, 1, 4)',
                Values(
                    ("shape of the gradient", lambda: np.shape(gradient_of_loss()), (3,)),
                    (
                        "its entries, one slope for each $x_n$",
                        gradient_of_loss,
                        GRADIENT,
                    ),
                ),
            ),
            Printed(
                "vector-to-vector",
                "S2-48",
                'The same slide, "Vector to Vector", for $N = 3$ and $M = 2$',
                Values(
                    ("shape by the printed rule", lambda: np.shape(lecture_layout()), (3, 2)),
                    (
                        "its entries",
                        lecture_layout,
                        JACOBIAN,
                    ),
                ),
            ),
            Printed(
                "jacobian-times-upstream",
                "S2-48, S2-51",
                'Slides "Backprop с векторами" (with vectors), $[dy/dx]\\,[dL/dy]$, with the '
                "Jacobian of the slide before",
                Values(
                    (
                        "the product, less the slopes of $L$ found directly",
                        lambda: (
                            np.array(product_with_upstream(lecture_layout)) - GRADIENT
                        ).tolist(),
                        [0, 0, 0],
                    ),
                ),
            ),
            Printed(
                "product-for-one-layout",
                "S0-12, S2-48, S2-51",
                r'Slides "Backprop с векторами" (with vectors), $[dy/dx]\,[dL/dy]$, with the '
                r"Jacobian of the handwritten notes, row = output: $y = (x_1 x_2,\, x_2 + 3 "
                r"x_3)$, $L = y_1 y_2$, at (2, 1, 4)",
                Values(
                    (
                        r"$[dy/dx]\,[dL/dy]$, row = output",
                        lambda: product_with_upstream(other_layout),
                        GRADIENT,
                    ),
                ),
                title="A product that fits one layout only",
                correction=Values(
                    (
                        r"$[dy/dx]\,[dL/dy]$, row = input, as in the lecture",
                        lambda: product_with_upstream(lecture_layout),
                        GRADIENT,
                    ),
                    (
                        r"$[dy/dx]^\top [dL/dy]$, row = output, as in the notes",
                        lambda: product_with_upstream(
                            lambda: np.transpose(np.array(other_layout(), int))
                        ),
                        GRADIENT,
                    ),
                ),
                cause="convention",
            ),
            Printed(
                "relu-forward",
                "S2-52",
                'Slide "Backprop с векторами", "4D input x" and "4D output y"',
                Values(("$y = \\max(0, x)$", lambda: relu(RELU_X), RELU_Y)),
            ),
            Printed(
                "relu-product",
                "S2-51, S2-52",
                "The same slide, $dL/dx$ as the product $[dy/dx]\\,[dL/dy]$",
                Values(("$dL/dx$", lambda: relu_jacobian(RELU_X) @ RELU_UPSTREAM, RELU_RESULT)),
            ),
            Printed(
                "relu-cases",
                "S2-53",
                "The same slide, the cases, with its numbers",
                Values(("$dL/dx$", lambda: relu_by_cases(RELU_X, RELU_UPSTREAM), RELU_RESULT)),
            ),
            Printed(
                "relu-backward",
                "S2-53",
                "The same slide, the cases as a formula, away from $x_i = 0$",
                Chain(
                    Derivative(L, x_vector[i]),
                    ("=", Derivative(L, y_vector[i]) * Heaviside(x_vector[i])),
                    given=[is_relu, loss_of_relu],
                ),
            ),
            Printed(
                "relu-at-zero",
                "S2-53",
                'Slide "Backprop с векторами" with "4D input x", the cases, "otherwise", where '
                "$x_i = 0$ "
                "and 5 comes from upstream",
                Values(
                    ("slope from the left", lambda: loss_slopes_at(0.0, 5.0)[0], 0.0),
                    ("slope from the right", lambda: loss_slopes_at(0.0, 5.0)[1], 0.0),
                ),
                title="A slope at the kink",
                correction=Values(
                    (
                        "$x_i = -\\frac12$: slopes from the left and from the right",
                        lambda: loss_slopes_at(-0.5, 5.0),
                        [0.0, 0.0],
                    ),
                    (
                        "$x_i = \\frac12$: slopes from the left and from the right",
                        lambda: loss_slopes_at(0.5, 5.0),
                        [5.0, 5.0],
                    ),
                    (
                        "$x_i = 0$: the 0 that is sent back lies between the two slopes",
                        lambda: loss_slopes_at(0.0, 5.0)[0] <= 0.0 <= loss_slopes_at(0.0, 5.0)[1],
                        True,
                    ),
                ),
                cause="unsaid",
            ),
            # ---- Matrices ----
            Printed(
                "each-jacobian",
                "S2-54",
                'Slide "Backprop с векторами", "Each Jacobian takes 256 GB", for $y = xw$ with '
                "$N = 64$, $D = M = 4096$, 4 bytes for a number, in units of $2^{30}$ bytes",
                Values(
                    ("$dy/dx$", lambda: array_bytes(BATCH + BATCH) / GIB, 256),
                    ("$dy/dw$", lambda: array_bytes(WEIGHTS + BATCH) / GIB, 256),
                ),
                title="Two Jacobians, one of them much larger",
                correction=Values(
                    ("$dy/dx$", lambda: array_bytes(BATCH + BATCH) / GIB, 256),
                    ("$dy/dw$", lambda: array_bytes(WEIGHTS + BATCH) / GIB, 64 * 256),
                ),
                cause="slip",
            ),
            Printed(
                "gigabytes-of-what",
                "S2-54",
                'Slide "Backprop с векторами", "Each Jacobian takes 256 GB", the Jacobian $dy/dx$',
                Values(
                    (
                        "numbers of 4 bytes, in units of $10^9$ bytes",
                        lambda: array_bytes(BATCH + BATCH) / GB,
                        256,
                        0.5,
                    ),
                    (
                        "numbers of 8 bytes, in units of $2^{30}$ bytes",
                        lambda: array_bytes(BATCH + BATCH, np.float64) / GIB,
                        256,
                        0.5,
                    ),
                ),
                title="Which gigabyte, and which numbers",
                correction=Values(
                    (
                        "numbers of 4 bytes, in units of $2^{30}$ bytes",
                        lambda: array_bytes(BATCH + BATCH) / GIB,
                        256,
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "letter-n-of-the-batch",
                "S2-48, S2-54",
                r'Slide "Backprop с векторами", "Each Jacobian takes 256 GB", read with the $N$ '
                r'and $M$ of the slide "Многомерная задача", where $\frac{\partial y}{\partial '
                r"x} \in "
                r"\mathbb{R}^{N \times M}$",
                Values(
                    (
                        r"$N \times M$ numbers, in units of $2^{30}$ bytes",
                        lambda: array_bytes((64, 4096)) / GIB,
                        256,
                    )
                ),
                title="The letter N: inputs of a node, rows of a batch",
                correction=Values(
                    (
                        r"$(N D) \times (N M)$ numbers, in units of $2^{30}$ bytes",
                        lambda: array_bytes((64 * 4096, 64 * 4096)) / GIB,
                        256,
                    )
                ),
                cause="convention",
            ),
            Printed(
                "implicitly",
                "S2-54, S2-56",
                'The same slide, "Must work with them implicitly", with the two products of a '
                "later slide",
                Values(
                    (
                        "the slopes by $x$ and $w$, as by whole Jacobians ($N, D, M = 2, 3, 4$)",
                        by_printed_products,
                        by_whole_jacobian(),
                    ),
                    (
                        "the largest array of the products takes less than a GiB",
                        lambda: max(map(array_bytes, (BATCH, WEIGHTS))) < GIB,
                        True,
                    ),
                ),
            ),
            Printed(
                "product-by-x",
                "S2-56",
                r'Slide "Backprop с векторами", $\frac{\partial L}{\partial x}$, entry by entry',
                Chain(
                    Derivative(L, x[n, d]),
                    ("=", Sum(Derivative(L, y[n, m]) * w[d, m], (m, 1, M))),
                    given=[is_product, any_loss],
                ),
            ),
            Printed(
                "product-by-w",
                "S2-56",
                r"The same slide, $\frac{\partial L}{\partial w}$, entry by entry",
                Chain(
                    Derivative(L, w[d, m]),
                    ("=", Sum(x[n, d] * Derivative(L, y[n, m]), (n, 1, N))),
                    given=[is_product, any_loss],
                ),
            ),
            Printed(
                "product-shapes",
                "S2-56",
                "The same slide, the shapes above the products, for $N, D, M = 2, 3, 4$",
                Values(
                    (
                        r"$[N \times M]\,[M \times D]$",
                        lambda: (np.ones((2, 4)) @ np.ones((4, 3))).shape,
                        (2, 3),
                    ),
                    (
                        r"$[D \times N]\,[N \times M]$",
                        lambda: (np.ones((3, 2)) @ np.ones((2, 4))).shape,
                        (3, 4),
                    ),
                ),
            ),
            Printed(
                "only-way",
                "S2-54, S2-57",
                'Slide "Backprop с векторами", "the only way to make shapes match up", for '
                "products of two "
                "matrices, each as it is or transposed",
                Values(
                    (
                        "$N, D, M = 64, 100, 10$: fitting for $x$, for $w$",
                        lambda: fitting_for(64, 100, 10),
                        (1, 1),
                    ),
                    (
                        "$N = 64$, $D = M = 4096$, as two slides before",
                        lambda: fitting_for(64, 4096, 4096),
                        (1, 1),
                    ),
                    (
                        "$N = D = M = 64$",
                        lambda: fitting_for(64, 64, 64),
                        (1, 1),
                    ),
                ),
                title="Shapes alone do not always decide",
                correction=Values(
                    (
                        "all $N$, $D$, $M$ up to 6 that are three different numbers",
                        lambda: sorted(
                            {
                                fitting_for(*sizes)
                                for sizes in product(range(1, 7), repeat=3)
                                if len(set(sizes)) == 3
                            }
                        ),
                        [(1, 1)],
                    ),
                    (
                        "$D = M$: products that fit for $x$",
                        lambda: fitting_for(2, 3, 3)[0],
                        2,
                    ),
                    (
                        "$D = M$: those among them that are right, with numbers",
                        lambda: right_products(2, 3),
                        1,
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "rows-or-columns",
                "S2-11, S2-13, S2-56",
                r'Slide "Backprop с векторами", $\left(\frac{\partial L}{\partial y}\right) w^T$, '
                "read with the $W$ of $f = Wx$ from the slides on networks, a row of $x$ for "
                "each example",
                Values(
                    (
                        "2 examples, 3 inputs, 4 outputs: shape",
                        lambda: (scores_layer(2, 3, 4)[2] @ scores_layer(2, 3, 4)[1].T).shape,
                        (2, 3),
                    ),
                    (
                        "3 inputs and 3 outputs: the product is $\\partial L/\\partial x$",
                        lambda: w_transposed_is_right(2, 3),
                        True,
                    ),
                ),
                title="Weights on the left, weights on the right",
                correction=Values(
                    (
                        r"$\left(\frac{\partial L}{\partial y}\right) W$: shape",
                        lambda: (scores_layer(2, 3, 4)[2] @ scores_layer(2, 3, 4)[1]).shape,
                        (2, 3),
                    ),
                    (
                        r"4 outputs: it is $\partial L/\partial x$",
                        lambda: w_itself_is_right(2, 3, 4),
                        True,
                    ),
                    (
                        r"3 outputs: it is $\partial L/\partial x$",
                        lambda: w_itself_is_right(2, 3, 3),
                        True,
                    ),
                ),
                cause="convention",
            ),
            # ---- Hinge loss ----
            Printed(
                "hinge-first-class",
                "S2-02, S2-58",
                'First slide "Softmax classifier", hinge loss, the term with max: two classes, '
                "$w = W_1 - W_2$, label 1",
                Chain(first_right, ("=", hinge), given=[*two_scores, Eq(label, 1)]),
            ),
            Printed(
                "hinge-second-class",
                "S2-02, S2-58",
                "The same term, label $-1$",
                Chain(second_right, ("=", hinge), given=[*two_scores, Eq(label, -1)]),
            ),
            Printed(
                "label-of-the-hinge",
                "S2-02, S2-58",
                'First slide "Softmax classifier", hinge loss, read with the $y_i$ of the slide '
                '"Where we are...", the number of the right class: two classes, the second right',
                Chain(second_right, ("=", hinge), given=[*two_scores, Eq(label, 2)]),
                title="The letter y: the number of a class, and a sign",
                correction=Chain(second_right, ("=", hinge), given=[*two_scores, Eq(label, -1)]),
                cause="convention",
            ),
            Printed(
                "example-or-entry",
                "S2-53, S2-58",
                'First slide "Softmax classifier", hinge loss, $w^T x_i$, read with the $x_i$ of '
                'the slide with "4D input x", one entry of $x$',
                Values(
                    (
                        "$w^T x_1$ for four weights: shape",
                        lambda: (np.ones(4) @ RELU_X[0]).shape,
                        (),
                    )
                ),
                title="The letters of x: an entry, and an example",
                correction=Values(
                    (
                        "$w^T x_1$ for four weights, $x_1$ the first of two examples: shape",
                        lambda: (np.ones(4) @ np.array([RELU_X, RELU_UPSTREAM])[0]).shape,
                        (),
                    )
                ),
                cause="convention",
            ),
            Printed(
                "regularisation-twice",
                "S2-03, S2-27, S2-58",
                'First slide "Softmax classifier", hinge loss, $L_i$ put into the total loss of '
                "the "
                'slide "Where we are...", which is data loss and regularisation',
                Chain(
                    mean(losses[i]) + lam * square_sum,
                    ("=", mean(each_hinge) + lam * square_sum),
                    given=[Eq(losses[i], each_hinge + square_sum)],
                ),
                title="Regularisation inside the loss of an example",
                correction=Chain(
                    mean(losses[i]) + lam * square_sum,
                    ("=", mean(each_hinge) + lam * square_sum),
                    given=[Eq(losses[i], each_hinge)],
                ),
                cause="convention",
            ),
            Printed(
                "regularisation-in-a-sum",
                "S2-58",
                'First slide "Softmax classifier", hinge loss, $L_i$ summed over the examples',
                Chain(
                    Sum(losses[i], (i, 1, N)),
                    ("=", Sum(each_hinge, (i, 1, N)) + square_sum),
                    given=[Eq(losses[i], each_hinge + square_sum)],
                ),
                title="Regularisation, once for each example",
                correction=Chain(
                    Sum(losses[i], (i, 1, N)) + square_sum,
                    ("=", Sum(each_hinge, (i, 1, N)) + square_sum),
                    given=[Eq(losses[i], each_hinge)],
                ),
                cause="convention",
            ),
            Printed(
                "capital-w",
                "S2-58",
                'First slide "Softmax classifier", hinge loss, $R(W)$ beside $w$, one slope of it',
                Chain(
                    Derivative(losses[i], w_vector[k]),
                    ("=", Derivative(each_hinge, w_vector[k]) + 2 * w_vector[k]),
                    given=[Eq(losses[i], each_hinge + Sum(W_other[d] ** 2, (d, 1, D)))],
                ),
                title="A capital letter for weights that are small",
                correction=Chain(
                    Derivative(losses[i], w_vector[k]),
                    ("=", Derivative(each_hinge, w_vector[k]) + 2 * w_vector[k]),
                    given=[Eq(losses[i], each_hinge + square_sum)],
                ),
                cause="shorthand",
            ),
            # ---- Softmax loss ----
            Printed(
                "softmax-loss",
                "S2-59",
                'First slide "Softmax classifier", softmax loss, "or equivalently"',
                Chain(loss_as_fraction, ("=", loss_as_difference)),
            ),
            Printed(
                "softmax-loss-in-floats",
                "S2-59",
                'First slide "Softmax classifier", softmax loss, "equivalently", in floating point',
                Values(
                    (
                        "first form, $f = (1000, 0)$, first class right",
                        lambda: first_form([1000.0, 0.0], 0),
                        0.0,
                    ),
                    (
                        "second form, the same",
                        lambda: second_form([1000.0, 0.0], 0),
                        0.0,
                    ),
                    (
                        "first form, $f = (0, -800)$, second class right",
                        lambda: first_form([0.0, -800.0], 1),
                        800.0,
                    ),
                    (
                        "second form, the same",
                        lambda: second_form([0.0, -800.0], 1),
                        800.0,
                    ),
                ),
                title="Equivalent on paper",
                correction=Values(
                    (
                        "the largest score taken off first, $f = (1000, 0)$",
                        lambda: library_form([1000.0, 0.0], 0),
                        0.0,
                    ),
                    (
                        "the same, $f = (0, -800)$",
                        lambda: library_form([0.0, -800.0], 1),
                        800.0,
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "letters-for-scores",
                "S2-02, S2-59, S2-60, S2-66",
                'Slides "Softmax classifier": softmax in the letters $a$ of its derivative, $f$ of '
                'the loss and $o$ of the last slide, and in the $s$ of "SVM loss (or softmax)"',
                Chain(
                    share(a, i),
                    ("=", share(f, i)),
                    ("=", share(o, i)),
                    ("=", share(s, i)),
                ),
                title="Four letters for the scores",
                needs=[Eq(f[j], a[j]), Eq(o[j], a[j]), Eq(s[j], a[j])],
                cause="convention",
            ),
            Printed(
                "softmax-slope-statement",
                "S2-60",
                'Second slide "Softmax classifier", first line of the slopes',
                Chain(Derivative(p[i], a[j]), ("=", own), given=[p_of_a, Eq(i, j)]),
            ),
            Printed(
                "softmax-own-slope",
                "S2-60",
                'Second slide "Softmax classifier", the lines for $i = j$; the same on the third',
                Chain(own, *own_steps, given=[p_of_a, Eq(i, j)]),
            ),
            Printed(
                "softmax-other-slope",
                "S2-61",
                r'Second slide "Softmax classifier", the lines for $i \neq j$',
                Chain(own, *other_steps, given=[p_of_a, Ne(i, j)]),
            ),
            Printed(
                "classes-or-examples",
                "S2-03, S2-60",
                r'Second slide "Softmax classifier", $\sum_{k=1}^N$, read with the $N$ of the '
                r"slide "
                '"Where we are...", the number of examples: 2 examples, 3 classes, '
                "$e^a = (2, 3, 5)$",
                Values(("sum of all $p_i$", lambda: outputs_sum((2, 3, 5), 2), 1)),
                title="The letter N: examples, and classes",
                correction=Values(
                    ("sum of all $p_i$, $N$ the 3 classes", lambda: outputs_sum((2, 3, 5), 3), 1)
                ),
                cause="convention",
            ),
            Printed(
                "letter-a",
                "S1-05, S2-60, S2-62",
                r'Third slide "Softmax classifier", $p_i(\delta_{ij} - p_j)$, read with the '
                r"$a_j$ of "
                "the lecture on softmax, its outputs: as a slope by the $z_j$ of that lecture",
                Chain(
                    Derivative(p[i], z[j]),
                    ("=", p[i] * (KroneckerDelta(i, j) - p[j])),
                    given=[p_of_a, Eq(a[i], share(z, i))],
                ),
                title="The letter a: scores here, outputs there",
                correction=Chain(
                    Derivative(p[i], z[j]),
                    ("=", p[i] * (KroneckerDelta(i, j) - p[j])),
                    given=[p_of_a, Eq(a[i], z[i])],
                ),
                cause="convention",
            ),
            Printed(
                "softmax-cases-own",
                "S2-60, S2-62",
                'Third slide "Softmax classifier", the cases, $i = j$',
                Chain(Derivative(p[i], a[j]), ("=", p[i] * (1 - p[j])), given=[p_of_a, Eq(i, j)]),
            ),
            Printed(
                "softmax-cases-other",
                "S2-61, S2-62",
                r'Third slide "Softmax classifier", the cases, $i \neq j$',
                Chain(Derivative(p[i], a[j]), ("=", -p[j] * p[i]), given=[p_of_a, Ne(i, j)]),
            ),
            Printed(
                "softmax-slope",
                "S2-62",
                'Third slide "Softmax classifier", both cases in one formula',
                Chain(
                    Derivative(p[i], a[j]),
                    ("=", p[i] * (KroneckerDelta(i, j) - p[j])),
                    given=[p_of_a],
                ),
            ),
            Printed(
                "delta",
                "S2-62",
                r'Third slide "Softmax classifier", $\delta_{ij}$',
                Values(
                    ("$\\delta_{22}$", lambda: KroneckerDelta(2, 2), 1),
                    ("$\\delta_{23}$", lambda: KroneckerDelta(2, 3), 0),
                ),
            ),
            Printed(
                "lost-case",
                "S2-61",
                r'Third slide "Softmax classifier", the second derivation, without "For $i \neq '
                r'j$"',
                Chain(own, *other_steps, given=[p_of_a]),
                title="A derivation that has lost its case",
                needs=[Ne(i, j)],
                cause="unsaid",
            ),
            # ---- Cross-entropy ----
            Printed(
                "cross-entropy-is-the-loss",
                "S2-59, S2-63",
                'Fourth slide "Softmax classifier", "Softmax loss" beside "Cross-entropy loss": '
                "$H(p, q)$ for softmax as $q$, and $p$ with its 1 at $y_i$",
                Chain(
                    -over(KroneckerDelta(x_class, y_i) * log(q[x_class]), x_class),
                    ("=", loss_as_fraction),
                    given=[Eq(q[i], share(f, i, j)), *a_class],
                ),
            ),
            Printed(
                "one-number-for-q",
                "S2-63",
                'Fourth slide "Softmax classifier", $q$, summed over all classes',
                Chain(
                    over(share(f, y_i, j), x_class),
                    ("=", Integer(1)),
                    given=a_class,
                ),
                title="One number for a distribution",
                correction=Chain(over(share(f, x_class, j), x_class), ("=", Integer(1))),
                cause="shorthand",
            ),
            Printed(
                "letter-p",
                "S2-60, S2-63",
                'Fourth slide "Softmax classifier", $H(p, q)$, read with the $p$ of the slides '
                "before, which is the output of softmax",
                Chain(
                    cross,
                    ("=", loss_as_fraction),
                    given=[Eq(p[i], share(f, i, j)), Eq(q[i], share(f, i, j)), *a_class],
                ),
                title="The letter p: outputs, and targets",
                correction=Chain(
                    -over(KroneckerDelta(x_class, y_i) * log(q[x_class]), x_class),
                    ("=", loss_as_fraction),
                    given=[Eq(q[i], share(f, i, j)), *a_class],
                ),
                cause="convention",
            ),
            Printed(
                "kl-decomposition",
                "S2-64",
                "The same slide, $H(p, q) = H(p) + D_{KL}(p || q)$, where all $p(x)$ are positive",
                Chain(
                    cross,
                    ("=", entropy + divergence),
                    given=[Gt(p[x_class], 0), Eq(q[i], share(f, i, j))],
                ),
            ),
            Printed(
                "zero-times-logarithm",
                "S2-63, S2-64",
                'Fourth slide "Softmax classifier", $H(p)$ and $KL$ for the $p$ that it prints: '
                r"$p = (0, 1, 0)$, $q = (\frac14, \frac12, \frac14)$",
                Values(
                    ("$H(p)$", lambda: literal_entropy([0.0, 1.0, 0.0]), 0.0, 1e-12),
                    (
                        "$KL(p || q)$",
                        lambda: literal_divergence([0.0, 1.0, 0.0], [0.25, 0.5, 0.25]),
                        float(np.log(2)),
                        1e-12,
                    ),
                ),
                title="Zero times the logarithm of zero",
                correction=Values(
                    (
                        r"$H(p)$, where $0 \log 0$ means 0",
                        lambda: entr([0.0, 1.0, 0.0]).sum(),
                        0.0,
                        1e-12,
                    ),
                    (
                        "$KL(p || q)$, likewise",
                        lambda: rel_entr([0.0, 1.0, 0.0], [0.25, 0.5, 0.25]).sum(),
                        float(np.log(2)),
                        1e-12,
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "zero-for-q",
                "S2-63, S2-64",
                'Fourth slide "Softmax classifier", $H(p, q) = H(p) + D_{KL}(p || q)$, solved for '
                r"$H(p)$, with $p = (\frac12, \frac12)$",
                Values(
                    (
                        "for $q = (1, 0)$, softmax of $(1000, 0)$ in floating point",
                        lambda: gap_of_divergence([0.5, 0.5], softmax([1000.0, 0.0])),
                        float(np.log(2)),
                        1e-12,
                    ),
                ),
                title="A probability that was rounded to 0",
                correction=Values(
                    (
                        r"for $q = (\frac34, \frac14)$",
                        lambda: gap_of_divergence([0.5, 0.5], [0.75, 0.25]),
                        float(np.log(2)),
                        1e-12,
                    ),
                    (
                        "$H(p, q)$ from the scores $(1000, 0)$, without $q$",
                        lambda: float(cross_entropy_from_logits([1000.0, 0.0], [0.5, 0.5])),
                        500.0,
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "cross-entropy-as-difference",
                "S2-65",
                'Fourth slide "Softmax classifier", the sentence that cross-entropy shows the '
                "difference between two distributions, for two that are the same",
                Chain(
                    cross,
                    ("=", Integer(0)),
                    given=[Eq(q[x_class], p[x_class]), Gt(p[x_class], 0), sum_of_p],
                ),
                title="A difference that is not 0 where nothing differs",
                correction=Chain(
                    divergence,
                    ("=", Integer(0)),
                    given=[Eq(q[x_class], p[x_class]), Gt(p[x_class], 0), sum_of_p],
                ),
                cause="shorthand",
            ),
            # ---- The last slide ----
            Printed(
                "last-slide-first-lines",
                "S2-66, S2-67",
                'Last slide "Softmax classifier", from the slope of $L$ to the line with '
                r"$\sum_{k \neq i}$",
                Chain(Derivative(L, o[i]), *first_lines, given=[last_loss, p_of_o]),
            ),
            Printed(
                "k-not-1",
                "S2-66",
                r'Last slide "Softmax classifier", from the line with $\sum_{k \neq i}$ to the '
                "last, with one line that stands there twice, for targets that sum to 1",
                Chain(first_lines[-1][1], *from_line_five(1), given=[p_of_o, sum_of_targets]),
                title="A 1 in place of an i",
                correction=Chain(
                    first_lines[-1][1], *from_line_five(i), given=[p_of_o, sum_of_targets]
                ),
                cause="slip or scan",
            ),
            Printed(
                "error",
                "S2-66",
                'Last slide "Softmax classifier", last line',
                Chain(
                    Derivative(L, o[i]),
                    ("=", p[i] - target[i]),
                    given=[last_loss, p_of_o],
                ),
                title="Targets that sum to 1",
                needs=[sum_of_targets],
                cause="unsaid",
            ),
            Printed(
                "target-or-class",
                "S2-59, S2-66",
                'Last slide "Softmax classifier", last line, read with the $y_i$ of the softmax '
                "loss, the number of the right class",
                Chain(
                    Derivative(loss_as_difference, f[i]),
                    ("=", p[i] - y_i),
                    given=[p_of_f, *a_class],
                ),
                title="The letter y: the number of a class, and an entry of the targets",
                correction=Chain(
                    Derivative(loss_as_difference, f[i]),
                    ("=", p[i] - KroneckerDelta(i, y_i)),
                    given=[p_of_f, *a_class],
                ),
                cause="convention",
            ),
            Printed(
                "one-example-or-all",
                "S2-03, S2-66",
                'Last slide "Softmax classifier", last line, read with the $L$ of the slide '
                '"Where we are...", the mean over the examples (without regularisation)',
                Chain(
                    Derivative(L, all_o[n, j]),
                    ("=", all_p[n, j] - all_y[n, j]),
                    given=[Eq(L, mean(one_of_many)), *many],
                ),
                title="The letter L: all examples, and one",
                correction=Chain(
                    Derivative(L, all_o[n, j]),
                    ("=", (1 / N) * (all_p[n, j] - all_y[n, j])),
                    given=[Eq(L, mean(one_of_many)), *many],
                ),
                cause="convention",
            ),
        ],
    )
