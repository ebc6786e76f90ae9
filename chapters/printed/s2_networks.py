r"""What the lecture on linear models and networks prints, from its start to the backward listing.

The slides from "Многомерная задача" on are in a module of their own. Slides that only repeat
an earlier one are not taken down again. In the chains an example is a row of x, the label y_i
is one number, and the regularisation is written as the double sum it stands for; how it is
printed is an item of its own. The listings get their missing names, and an end to loops
without one, from what is passed in, never from a change of the printed text.

Not here: the figures that our copy has lost, and with them the numbers of the circuits; the
inputs x = -2, y = 5, z = -4, beside which no result is left; advice and judgements that
nothing can be run for, such as "easy to write", "very tedious" or the use of a stronger
regularisation.
"""

import contextlib
import io
import math
import textwrap
from typing import ClassVar

import mpmath
import numpy as np
import sympy
from sympy import (
    Derivative,
    Eq,
    Function,
    Ge,
    Heaviside,
    IndexedBase,
    KroneckerDelta,
    Le,
    Max,
    Rational,
    Sum,
    Symbol,
    evaluate,
    exp,
    symbols,
)

from gradproof.errata import Chain, Listing, Printed, Source, Values
from gradproof.losses import multiclass_hinge_loss

C, D, H, N = (Symbol(name, integer=True, positive=True) for name in "CDHN")
D_in, D_out = (Symbol(name, integer=True, positive=True) for name in ("D_{in}", "D_{out}"))
d, i, j, k, l = symbols("d i j k l", integer=True)
y_i = Symbol("y_i", integer=True)  # the class of an example
lam = Symbol("lambda", real=True)
x, y, z, q, f, t, u, v, w, L = symbols("x y z q f t u v w L", real=True)
a_constant, c_constant = symbols("a c", real=True)  # of the gates f_a and f_c
s_1, s_2 = symbols("s_1 s_2", real=True)
alpha, h = Symbol("alpha", positive=True), Symbol("h", real=True)
w_0, x_0, w_1, x_1, w_2 = five = symbols("w_0 x_0 w_1 x_1 w_2", real=True)
sigma = Function("sigma", real=True)

W = IndexedBase("W", shape=(C, D), real=True)
one_x = IndexedBase("x", shape=(D,), real=True)  # without the index of an example
all_x = IndexedBase("x", shape=(N, D), real=True)
s = IndexedBase("s", shape=(C,), real=True)
all_s = IndexedBase("s", shape=(N, C), real=True)
W_1 = IndexedBase("{W_1}", shape=(H, D), real=True)
W_2 = IndexedBase("{W_2}", shape=(C, H), real=True)
W_3 = IndexedBase("{W_3}", shape=(C, D), real=True)
last = IndexedBase("{W_3}", shape=(C, H), real=True)  # W_3 of the network with three layers
h_2 = IndexedBase("{h_2}", shape=(H,), real=True)
b_3 = IndexedBase("{b_3}", shape=(C,), real=True)
score = IndexedBase("f", shape=(C,), real=True)
hidden = IndexedBase("h", shape=(H,), real=True)
p_1, p_2 = (IndexedBase(name, shape=(D,), real=True) for name in ("u", "v"))

# The program in 20 lines.
loss = Symbol(r"\mathrm{loss}", real=True)
X = IndexedBase("x", shape=(N, D_in), real=True)
Y = IndexedBase("y", shape=(N, D_out), real=True)
w1 = IndexedBase(r"\mathrm{w1}", shape=(D_in, H), real=True)
w2 = IndexedBase(r"\mathrm{w2}", shape=(H, D_out), real=True)
units = IndexedBase("h", shape=(N, H), real=True)
y_pred = IndexedBase(r"\mathrm{y\_pred}", shape=(N, D_out), real=True)
grad_y_pred = IndexedBase(r"\mathrm{grad\_y\_pred}", shape=(N, D_out), real=True)
grad_h = IndexedBase(r"\mathrm{grad\_h}", shape=(N, H), real=True)
L_i = IndexedBase("L", shape=(N,), real=True)


# --- Listings ------------------------------------------------------------------------

DESCENT = """
# Vanilla Gradient Descent

while True:
    weights_grad = evaluate_gradient(loss_fun, data, weights)
    weights += - step_size * weights_grad # perform parameter update
"""
# A bowl with its bottom at (2, -1); the gradient gives up at its call number 1000.
BOWL = """
import numpy as np

calls = 0


def evaluate_gradient(loss_fun, data, weights):
    global calls
    calls += 1
    if calls == 1000:
        raise RuntimeError("still running")
    return np.array([1.0, 5.0]) * (weights - data)


loss_fun, data = None, np.array([2.0, -1.0])
weights, step_size = np.array([-3.0, 1.0]), 0.1
"""

FORWARD_PASS = """
# forward-pass of a 3-layer neural network:
f = lambda x: 1.0/(1.0 + np.exp(-x)) # activation function (use sigmoid)
x = np.random.randn(3, 1) # random input vector of three numbers (3x1)
h1 = f(np.dot(W1, x) + b1) # calculate first hidden layer activations (4x1)
h2 = f(np.dot(W2, h1) + b2) # calculate second hidden layer activations (4x1)
out = np.dot(W3, h2) + b3 # output neuron (1x1)
"""
FORWARD_NAMES = """
import numpy as np

W1, W2, W3 = np.ones((4, 3)), np.ones((4, 4)), np.ones((1, 4))
b1, b2, b3 = np.ones((4, 1)), np.ones((4, 1)), np.ones((1, 1))
"""
FORWARD_SHAPES = [
    ("x.shape", (3, 1)),
    ("h1.shape", (4, 1)),
    ("h2.shape", (4, 1)),
    ("out.shape", (1, 1)),
]

TWENTY_LINES = """
import numpy as np
from numpy.random import randn

N, D_in, H, D_out = 64, 1000, 100, 10
x, y = randn(N, D_in), randn(N, D_out)
w1, w2 = randn(D_in, H), randn(H, D_out)

for t in range(2000):
    h = 1 / (1 + np.exp(-x.dot(w1)))
    y_pred = h.dot(w2)
    loss = np.square(y_pred - y).sum()
    print(t, loss)

    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h.T.dot(grad_y_pred)
    grad_h = grad_y_pred.dot(w2.T)
    grad_w1 = x.T.dot(grad_h * h * (1 - h))

    w1 -= 1e-4 * grad_w1
    w2 -= 1e-4 * grad_w2
"""
# The first 10 of its 2000 steps, and what it prints kept instead of shown.
TEN_STEPS = """
import builtins

import numpy

numpy.random.seed(0)
lines = []


def print(*what):
    lines.append(what)


def range(number):
    return builtins.range(min(number, 10))
"""

NEURON = '''
class Neuron:
    # ...
    def neuron_tick(inputs):
        """ assume inputs and weights are 1-D numpy arrays and bias is a number """
        cell_body_sum = np.sum(inputs * self.weights) + self.bias
        firing_rate = 1.0 / (1.0 + math.exp(-cell_body_sum)) # sigmoid activation function
        return firing_rate
'''
NEURON_TICKS = """
cell = Neuron()
cell.weights, cell.bias = np.array([1.0, 2.0]), 0.5
rate = cell.neuron_tick(np.array([1.0, 1.0]))
"""

CIRCUIT_FORWARD = """
def f(w0, x0, w1, x1, w2):
    s0 = w0 * x0
    s1 = w1 * x1
    s2 = s0 + s1
    s3 = s2 + w2
    L = sigmoid(s3)
"""
CIRCUIT_BACKWARD = """
grad_L = 1.0
grad_s3 = grad_L * (1 - L) * L
grad_w2 = grad_s3
grad_s2 = grad_s3
grad_s0 = grad_s2
grad_s1 = grad_s2
grad_w1 = grad_s1 * x1
grad_x1 = grad_s1 * w1
grad_w0 = grad_s0 * x0
grad_x0 = grad_s0 * w0
"""
SIGMOID = """
import math


def sigmoid(s):
    return 1.0 / (1.0 + math.exp(-s))
"""
POINT = (1.0, 2.0, 3.0, -1.0, 2.0)  # w0, x0, w1, x1, w2, so that the score is 1
OUTPUT = float(1 / (1 + mpmath.exp(-1)))


def indented(code):
    """Return code as the body of a function."""
    return textwrap.indent(code.strip("\n"), "    ")


def circuit_slopes():
    """Measure the slopes of the circuit by w0, x0, w1, x1 and w2 with 30 digits."""

    def circuit(w0, x0, w1, x1, w2):
        return 1 / (1 + mpmath.exp(-(w0 * x0 + w1 * x1 + w2)))

    with mpmath.workdps(30):
        orders = np.eye(5, dtype=int).tolist()
        return [float(mpmath.diff(circuit, POINT, tuple(order))) for order in orders]


# --- Numbers that are computed -------------------------------------------------------


def secant_limit(function, at):
    """Return how far the limit of the secant slope is from the slope, exactly."""
    place = Symbol("place", real=True)
    slope = sympy.diff(function(place), place).subs(place, at)
    return sympy.expand(sympy.limit((function(at + h) - function(at)) / h, h, 0) - slope)


def one_sided(left, right, at=0):
    """Return the limits of the secant slope from the left and from the right."""
    pieces = ((left, "-"), (right, "+"))
    return tuple(sympy.limit((g(at + h) - g(at)) / h, h, 0, side) for g, side in pieces)


def secant(step):
    """Return the secant slope of the exponential at 1, in floating point."""
    return (np.exp(1.0 + step) - np.exp(1.0)) / step


def calls_for_slopes(count):
    """Count the calls of a loss for its slopes by all weights, one secant for each."""
    calls = 0

    def squares(weights):
        nonlocal calls
        calls += 1
        return float(weights @ weights)

    weights = np.arange(1.0, count + 1)
    at_weights = squares(weights)
    for move in 1e-6 * np.eye(count):
        (squares(weights + move) - at_weights) / 1e-6
    return calls


class Counting(np.ndarray):
    """An array that writes down how many multiplications its matrix products take."""

    counts: ClassVar[list[int]] = []

    def dot(self, other):
        """Multiply by another matrix."""
        self.counts.append(self.shape[0] * self.shape[1] * other.shape[1])
        return np.asarray(self).dot(np.asarray(other)).view(Counting)


def multiplications(first, final):
    """Count the multiplications in the matrix products of some lines of the 20, run once."""
    lines = TWENTY_LINES.strip("\n").splitlines()
    names = names_after("\n".join(lines[:6]))
    names |= {one: names[one].view(Counting) for one in ("x", "y", "w1", "w2")}
    names |= {"t": 0, "print": lambda *what: None}
    exec(textwrap.dedent("\n".join(lines[8 : first - 1])), names)
    Counting.counts.clear()
    exec(textwrap.dedent("\n".join(lines[first - 1 : final])), names)
    return sum(Counting.counts)


def share_of_slope(formula, at):
    """Return a slope of the sigmoid in floating point, over the slope with 50 digits."""
    with mpmath.workdps(50):
        e = mpmath.exp(-at)
        return float(formula(float(at)) / (e / (1 + e) ** 2))


def by_output(at):
    """Return the slope of the sigmoid as (1 - sigma) sigma."""
    value = 1 / (1 + np.exp(-at))
    return (1 - value) * value


def by_exponential(at):
    """Return the slope of the sigmoid as one fraction of exponentials."""
    return np.exp(-at) / (1 + np.exp(-at)) ** 2


def network(sizes, activation=lambda s: np.maximum(0, s)):
    """Return the output of a network of matrices of ones, sizes first to last."""
    values = np.ones(sizes[0])
    for place, size in enumerate(sizes[1:], 1):
        values = np.ones((size, sizes[place - 1])) @ values
        if place < len(sizes) - 1:
            values = activation(values)
    return values


def printed_loss(scores, labels):
    """Return the mean of L_i, term by term as printed."""
    losses = []
    for row, right in zip(scores, labels, strict=True):
        others = (other for other in range(len(row)) if other != right)
        losses.append(sum(max(0, row[other] - row[right] + 1) for other in others))
    return sum(losses) / len(losses)


def total_loss(W_1, W_2, x, labels, lam):
    """Return the total loss of the network with two layers."""
    scores = np.maximum(0, x @ W_1.T) @ W_2.T
    return printed_loss(scores, labels) + lam * (W_1**2).sum() + lam * (W_2**2).sum()


def data_and_weights():
    """Draw six examples, their labels and the weights of two layers."""
    rng = np.random.default_rng(8)
    x, labels = rng.uniform(0.5, 2.0, (6, 4)), np.array([0, 2, 1, 1, 0, 2])
    return rng.normal(size=(5, 4)), rng.normal(size=(3, 5)), x, labels


def loss_gap():
    """Return how far the printed loss is from that of the library."""
    first, second, x, labels = data_and_weights()
    scores = np.maximum(0, x @ first.T) @ second.T
    return printed_loss(scores, labels) - multiclass_hinge_loss(scores, labels).mean()


def total_loss_gap():
    """Return how far the printed total loss is from one by the library and by norms."""
    first, second, x, labels = data_and_weights()
    scores = np.maximum(0, x @ first.T) @ second.T
    squares = np.linalg.norm(first) ** 2 + np.linalg.norm(second) ** 2
    data_loss = multiclass_hinge_loss(scores, labels).mean()
    return total_loss(first, second, x, labels, 0.3) - (data_loss + 0.3 * squares)


def learns(first, second, x, labels):
    """Tell whether 50 steps against measured gradients make the data loss smaller."""

    def objective(flat):
        head, tail = np.split(flat, [first.size])
        return total_loss(head.reshape(first.shape), tail.reshape(second.shape), x, labels, 0.0)

    flat = np.concatenate([first.ravel(), second.ravel()])
    at_start = objective(flat)
    moves = 1e-6 * np.eye(flat.size)
    for _ in range(50):
        slopes = [(objective(flat + move) - objective(flat - move)) / 2e-6 for move in moves]
        flat = flat - 0.01 * np.array(slopes)
    return bool(objective(flat) < at_start)


def silent_start():
    """Return weights and data where no hidden unit ever answers."""
    first, second, x, labels = data_and_weights()
    return -np.abs(first), second, x, labels


def names_after(code, before=""):
    """Run code and return its names; what it prints is not shown."""
    names: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(before + code, names)
    return names


def program():
    """Return the names of the program in 20 lines after its first steps."""
    return names_after(TWENTY_LINES, TEN_STEPS)


def slope_gap(which):
    """Compare a gradient of the program with central differences, on a small copy of its data."""
    body = textwrap.dedent("\n".join(TWENTY_LINES.strip("\n").splitlines()[8:17]))
    rng = np.random.default_rng(22)
    names = {"np": np, "t": 0, "print": lambda *what: None}
    names |= {"x": rng.normal(size=(5, 4)), "y": rng.normal(size=(5, 2))}
    names |= {"w1": rng.normal(size=(4, 3)), "w2": rng.normal(size=(3, 2))}
    at = names[which].copy()

    def run(weights):
        exec(body, names | {which: weights}, found := {})
        return found

    measured = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        move = np.zeros_like(at)
        move[place] = 1e-5
        measured[place] = (run(at + move)["loss"] - run(at - move)["loss"]) / 2e-5
    return np.abs(run(at)[f"grad_{which}"] - measured).max()


def neuron_rate(cell_body_sum):
    """Return the firing rate by the line of the class Neuron."""
    return eval(
        "1.0 / (1.0 + math.exp(-cell_body_sum))", {"math": math, "cell_body_sum": cell_body_sum}
    )


def careful_rate(cell_body_sum):
    """Return the same rate with an exponential that cannot overflow."""
    small = float(np.exp(-abs(cell_body_sum)))
    return (1.0 if cell_body_sum >= 0 else small) / (1.0 + small)


def sigmoid_gap(printed_form):
    """Return how far a printed form of the sigmoid is from its value with 30 digits."""
    points = [-8.0, -2.5, -0.3, 0.0, 0.7, 3.0, 9.0]
    with mpmath.workdps(30):
        return float(max(abs(printed_form(p) - 1 / (1 + mpmath.exp(-p))) for p in points))


def printed_lambda():
    """Return the f of the feed-forward listing."""
    return names_after(FORWARD_PASS, FORWARD_NAMES)["f"]


def maxout(x):
    """Return a maxout unit with two rows of three weights."""
    w_1, b_1, w_2, b_2 = np.array([1.0, 2.0, 0.5]), 0.1, np.array([-1.0, 1.0, 2.0]), -0.2
    return np.maximum(w_1.T @ x + b_1, w_2.T @ x + b_2)


def shares_of_max(a, b):
    """Return the slopes of max(a, b) by central differences, the smaller one first."""
    step = 2.0**-10
    by_a = (max(a + step, b) - max(a - step, b)) / (2 * step)
    by_b = (max(a, b + step) - max(a, b - step)) / (2 * step)
    return sorted([by_a, by_b])


def squares_of_rows():
    """Return the sum over k of W_k squared, with W_k the row number k."""
    matrix = np.arange(6.0).reshape(2, 3)
    return sum(matrix[k] ** 2 for k in range(len(matrix)))


def squares_of_layers():
    """Return the sum over k of W_k squared, with W_1 and W_2 the two layers."""
    layers = np.ones((5, 4)), np.ones((3, 5))
    return sum(layer @ layer for layer in layers)


def squares_of_entries():
    """Return the sum of the squares of all entries."""
    return (np.arange(6.0).reshape(2, 3) ** 2).sum()


# --- Formulas ------------------------------------------------------------------------


def one_score(row):
    """Return the score of a row of W, for the one x without an index."""
    return Sum(W[row, k] * one_x[k], (k, 1, D))


def its_score(row):
    """Return the score of a row of W, for example i."""
    return Sum(W[row, k] * all_x[i, k], (k, 1, D))


def others(term):
    """Return the sum over all classes but the right one."""
    return Sum((1 - KroneckerDelta(j, y_i)) * term, (j, 1, C))


def mean(term):
    """Return the mean over the examples."""
    return (1 / N) * Sum(term, (i, 1, N))


def gate_slopes():
    """Return items for the lines of the backward listing, each as a formula."""
    output = Eq(L, 1 / (1 + exp(-(w_0 * x_0 + w_1 * x_1 + w_2))))
    upstream = (1 - L) * L
    slopes = (upstream * x_0, upstream * w_0, upstream * x_1, upstream * w_1, upstream)
    return [
        Printed(
            f"circuit-slope-{name.name.replace('_', '')}",
            "S2-39, S2-47",
            f"The backward listing, the line of grad_{name.name.replace('_', '')}",
            Chain(Derivative(L, name), ("=", slope), given=[output]),
        )
        for name, slope in zip(five, slopes, strict=True)
    ]


with evaluate(False):
    one_s = Eq(s[j], one_score(j))
    its_s = Eq(all_s[i, j], its_score(j))
    squares = lam * Sum(Sum(W[k, l] ** 2, (l, 1, D)), (k, 1, C))
    objective = mean(others(Max(0, all_s[i, j] - all_s[i, y_i] + 1))) + squares
    objective_printed = mean(others(Max(0, one_score(j) + one_score(y_i) + 1))) + squares
    objective_right = mean(others(Max(0, its_score(j) - its_score(y_i) + 1))) + squares

    is_sigmoid = Eq(sigma(x), 1 / (1 + exp(-x)))
    is_sum, is_product = Eq(q, x + y), Eq(f, q * z)
    collapsed = Eq(W_3[i, l], Sum(W_2[i, k] * W_1[k, l], (k, 1, H)))

    hidden_units = Eq(units[i, k], 1 / (1 + exp(-Sum(X[i, l] * w1[l, k], (l, 1, D_in)))))
    predictions = Eq(y_pred[i, j], Sum(units[i, k] * w2[k, j], (k, 1, H)))
    sum_of_squares = Eq(loss, Sum(Sum((y_pred[i, j] - Y[i, j]) ** 2, (j, 1, D_out)), (i, 1, N)))
    by_y_pred = Eq(grad_y_pred[i, j], 2 * (y_pred[i, j] - Y[i, j]))
    by_h = Eq(grad_h[i, k], Sum(grad_y_pred[i, j] * w2[k, j], (j, 1, D_out)))
    squares_of_one = Eq(L_i[i], Sum((y_pred[i, j] - Y[i, j]) ** 2, (j, 1, D_out)))

    printed = Source(
        "The lecture on networks, first half",
        [
            # ---- Linear models ----
            Printed(
                "linear-score",
                "S2-01",
                'Slide "Where we are...", the linear score',
                Chain(
                    Sum(W[j, k] * (u * p_1[k] + v * p_2[k]), (k, 1, D)),
                    (
                        "=",
                        u * Sum(W[j, k] * p_1[k], (k, 1, D)) + v * Sum(W[j, k] * p_2[k], (k, 1, D)),
                    ),
                ),
            ),
            Printed(
                "svm-loss",
                "S2-02, S2-03",
                'Slide "Where we are...", the loss and its mean over the examples',
                Values(("the printed sums less the library's loss", loss_gap, 0.0, 1e-12)),
            ),
            Printed(
                "scores-without-an-example",
                "S2-01, S2-02, S2-03",
                'Slide "Where we are...", $s = Wx$ in the mean over $i$ (the sums written out)',
                Chain(
                    mean(others(Max(0, its_score(j) - its_score(y_i) + 1))),
                    ("=", mean(others(Max(0, s[j] - s[y_i] + 1)))),
                    given=[one_s],
                ),
                title="Scores without the number of their example",
                correction=Chain(
                    mean(others(Max(0, its_score(j) - its_score(y_i) + 1))),
                    ("=", mean(others(Max(0, all_s[i, j] - all_s[i, y_i] + 1)))),
                    given=[its_s],
                ),
                cause="shorthand",
            ),
            Printed(
                "one-index-for-a-matrix",
                "S2-03, S2-27",
                r'$\sum_k W_k^2$ on the slide "Where we are...", and as $R(W)$, beside $W_1$ and '
                '$W_2$, on the slide "Проблемы обучения нейронной сети" (the task of learning)',
                Values(
                    ("shape of the sum, $W_k$ a row of $W$", lambda: squares_of_rows().shape, ()),
                    (
                        "shape of the sum, $W_1$ and $W_2$ the two layers",
                        lambda: squares_of_layers().shape,
                        (),
                    ),
                ),
                title="One index for a matrix",
                correction=Values(
                    (
                        "shape of the sum over all entries, $\\sum_k \\sum_l W_{kl}^2$",
                        lambda: squares_of_entries().shape,
                        (),
                    ),
                    ("its value for the entries 0 to 5", squares_of_entries, 55.0),
                ),
                cause="shorthand",
            ),
            Printed(
                "descent-names",
                "S2-04",
                'Slide "Оптимизация линейной модели" (optimising the linear model), run alone',
                Listing(DESCENT, ("'weights' in globals()", True)),
                title="Gradient descent, with names for the reader to fill in",
                correction=Listing(
                    DESCENT.replace("while True", "for step in range(200)"),
                    ("weights.tolist()", [2.0, -1.0], 1e-8),
                    before=BOWL,
                ),
                cause="shorthand",
            ),
            Printed(
                "descent-end",
                "S2-04",
                "The listing of gradient descent, with its names supplied: a bowl whose "
                "gradient gives up at the 1000th call",
                Listing(DESCENT, ("weights.tolist()", [2.0, -1.0], 1e-8), before=BOWL),
                title="Gradient descent without an end",
                correction=Listing(
                    DESCENT + "    if abs(weights_grad).max() < 1e-9:\n        break\n",
                    ("weights.tolist()", [2.0, -1.0], 1e-8),
                    before=BOWL,
                ),
                cause="shorthand",
            ),
            Printed(
                "slope-as-a-limit",
                "S2-06",
                'Slide "Численная производная" (numerical derivative)',
                Values(
                    ("limit less slope, $x^2$ at 3", lambda: secant_limit(lambda a: a**2, 3), 0),
                    ("limit less slope, $e^x$ at 1", lambda: secant_limit(exp, 1), 0),
                    ("limit less slope, $1/x$ at 2", lambda: secant_limit(lambda a: 1 / a, 2), 0),
                ),
            ),
            Printed(
                "slope-in-code",
                "S2-06, S2-07",
                'Slide "Численная производная" (numerical derivative): the limit as a '
                "recipe for code, with $f = \\exp$ at $x = 1$",
                Values(
                    ("secant slope, $h = 10^{-8}$", lambda: secant(1e-8), float(np.e), 1e-6),
                    ("secant slope, $h = 10^{-20}$", lambda: secant(1e-20), float(np.e), 1e-6),
                ),
                title="A limit that code cannot take",
                correction=Values(
                    ("secant slope, $h = 10^{-7}$", lambda: secant(1e-7), float(np.e), 1e-6),
                    ("secant slope, $h = 10^{-8}$", lambda: secant(1e-8), float(np.e), 1e-6),
                ),
                cause="unsaid",
            ),
            Printed(
                "numerical-slow-and-approximate",
                "S2-07",
                'Slide "Численная производная", what is said of the numerical gradient',
                Values(
                    (
                        "more than one call of the loss for one slope",
                        lambda: calls_for_slopes(1) > 1,
                        True,
                    ),
                    (
                        "more than 100 calls for 100 slopes",
                        lambda: calls_for_slopes(100) > 100,
                        True,
                    ),
                    (
                        "the secant of $x^3$ at 1 with $h = \\frac1{10}$ is the slope, 3",
                        lambda: (Rational(11, 10) ** 3 - 1) / Rational(1, 10) == 3,
                        False,
                    ),
                ),
            ),
            Printed(
                "analytic-is-exact",
                "S2-07, S2-44",
                'Slide "Численная производная", "exact", tried on the last formula of the slide '
                '"Sigmoid local gradient"',
                Values(
                    (
                        "$(1 - \\sigma)\\sigma$ in code, over the exact slope, $x = 2$",
                        lambda: share_of_slope(by_output, 2),
                        1.0,
                        1e-12,
                    ),
                    (
                        "$(1 - \\sigma)\\sigma$ in code, over the exact slope, $x = 40$",
                        lambda: share_of_slope(by_output, 40),
                        1.0,
                        1e-12,
                    ),
                ),
                title="Exact on paper",
                correction=Values(
                    (
                        r"$\frac{e^{-x}}{(1 + e^{-x})^2}$ in code, over the exact slope, $x = 2$",
                        lambda: share_of_slope(by_exponential, 2),
                        1.0,
                        1e-12,
                    ),
                    (
                        r"$\frac{e^{-x}}{(1 + e^{-x})^2}$ in code, over the exact slope, $x = 40$",
                        lambda: share_of_slope(by_exponential, 40),
                        1.0,
                        1e-12,
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "analytic-is-fast",
                "S2-07, S2-22",
                'Slide "Численная производная", "fast" and "slow", for the program in 20 lines',
                Values(
                    (
                        "multiplications for the whole gradient (lines 14 to 17) take less than "
                        "those of two forward passes (lines 9 to 11)",
                        lambda: multiplications(14, 17) < 2 * multiplications(9, 11),
                        True,
                    ),
                    (
                        "forward passes for one secant for each weight",
                        lambda: 1 + program()["w1"].size + program()["w2"].size > 100_000,
                        True,
                    ),
                ),
            ),
            Printed(
                "one-template-per-class",
                "S2-08",
                'Slide "Проблемы линейных моделей", "one template per class": how the score of '
                "class $i$ depends on the row of class $j$",
                Chain(
                    Derivative(one_score(i), W[j, l]),
                    ("=", KroneckerDelta(i, j) * one_x[l]),
                ),
            ),
            Printed(
                "linear-boundary",
                "S2-08",
                'Slide "Проблемы линейных моделей" (limits of linear models): the difference '
                "of two scores on the line through $u$ and $v$",
                Chain(
                    Sum(W[i, k] * (t * p_1[k] + (1 - t) * p_2[k]), (k, 1, D))
                    - Sum(W[j, k] * (t * p_1[k] + (1 - t) * p_2[k]), (k, 1, D)),
                    (
                        "=",
                        t * (Sum(W[i, k] * p_1[k], (k, 1, D)) - Sum(W[j, k] * p_1[k], (k, 1, D)))
                        + (1 - t)
                        * (Sum(W[i, k] * p_2[k], (k, 1, D)) - Sum(W[j, k] * p_2[k], (k, 1, D))),
                    ),
                ),
            ),
            # ---- Networks ----
            Printed(
                "two-layer-shapes",
                "S2-11, S2-12, S2-13",
                'Slide "Нейронная сеть" (neural network), two layers, with $D, H, C = 5, 4, 3$',
                Values(
                    ("shape of $W_1 x$", lambda: network((5, 4)).shape, (4,)),
                    ("shape of $f$", lambda: network((5, 4, 3)).shape, (3,)),
                ),
            ),
            Printed(
                "three-layer-shapes",
                "S2-13, S2-14",
                'Slide "Нейронная сеть", three layers, with $D, H_1, H_2, C = 5, 4, 6, 3$',
                Values(("shape of $f$", lambda: network((5, 4, 6, 3)).shape, (3,))),
            ),
            Printed(
                "max-of-a-vector",
                "S2-12, S2-15",
                r'Slide "Нейронная сеть", $f = W_2 \max(0, W_1 x)$, $D, H, C = 5, 4, 3$',
                Values(
                    (
                        "shape of $f$, with Python's `max`",
                        lambda: network((5, 4, 3), lambda s: max(0, s)).shape,
                        (3,),
                    ),
                    (
                        "shape of $f$, with `np.max` over 0 and the entries",
                        lambda: network((5, 4, 3), lambda s: np.max([0, *s])).shape,
                        (3,),
                    ),
                ),
                title="The maximum of a number and a vector",
                correction=Values(
                    (
                        "shape of $f$, with `np.maximum`, entry by entry",
                        lambda: network((5, 4, 3), lambda s: np.maximum(0, s)).shape,
                        (3,),
                    )
                ),
                cause="unsaid",
            ),
            Printed(
                "collapse",
                "S2-16",
                'Slide "Нейронная сеть", without an activation: $f = W_2 W_1 x$ and $f = W_3 x$',
                Chain(
                    Sum(W_2[i, k] * Sum(W_1[k, l] * one_x[l], (l, 1, D)), (k, 1, H)),
                    ("=", Sum(W_3[i, l] * one_x[l], (l, 1, D))),
                    given=[collapsed],
                ),
            ),
            Printed(
                "collapse-shape",
                "S2-16",
                r'Slide "Нейронная сеть", $W_3 = W_2 W_1 \in \mathbb{R}^{C \times H}$, with '
                "$D, H, C = 5, 4, 3$",
                Values(
                    (
                        r"shape of $W_2 W_1$, printed $C \times H$",
                        lambda: (np.ones((3, 4)) @ np.ones((4, 5))).shape,
                        (3, 4),
                    )
                ),
                title="The shape of the product",
                correction=Values(
                    (
                        r"shape of $W_2 W_1$, which is $C \times D$",
                        lambda: (np.ones((3, 4)) @ np.ones((4, 5))).shape,
                        (3, 5),
                    )
                ),
                cause="slip",
            ),
            # ---- Activation functions ----
            Printed(
                "four-sigmoids",
                "S2-18, S2-20, S2-22, S2-24, S2-25",
                'Slide "Функции активации" (activation functions), sigmoid, and three listings',
                Values(
                    (
                        "feed-forward listing, largest error",
                        lambda: sigmoid_gap(printed_lambda()),
                        0.0,
                        1e-15,
                    ),
                    (
                        "program in 20 lines, largest error",
                        lambda: sigmoid_gap(lambda a: 1 / (1 + np.exp(-a))),
                        0.0,
                        1e-15,
                    ),
                    (
                        "class `Neuron`, largest error",
                        lambda: sigmoid_gap(neuron_rate),
                        0.0,
                        1e-15,
                    ),
                ),
            ),
            Printed(
                "relu",
                "S2-18",
                'Slide "Функции активации", ReLU to the right of 0',
                Chain(Max(0, x), ("=", x), given=[Ge(x, 0)]),
            ),
            Printed(
                "leaky-relu",
                "S2-18",
                'Slide "Функции активации", Leaky ReLU to the left of 0',
                Chain(Max(x / 10, x), ("=", x / 10), given=[Le(x, 0)]),
            ),
            Printed(
                "maxout-input",
                "S2-18",
                'Slide "Функции активации", Maxout, with the $x$ of the other five: one number',
                Values(("shape of Maxout at $x = 2$", lambda: maxout(2.0).shape, ())),
                title="Two kinds of x on one slide",
                correction=Values(
                    (
                        "shape of Maxout at a vector $x$",
                        lambda: maxout(np.array([2.0, 1.0, -1.0])).shape,
                        (),
                    ),
                    ("its value", lambda: maxout(np.array([2.0, 1.0, -1.0])), 3.6, 1e-12),
                ),
                cause="convention",
            ),
            Printed(
                "elu-is-continuous",
                "S2-18",
                'Slide "Функции активации", ELU: the two pieces at 0',
                Values(
                    (
                        "left piece in the limit",
                        lambda: sympy.limit(alpha * (exp(h) - 1), h, 0, "-"),
                        0,
                    ),
                    ("right piece", lambda: sympy.limit(h, h, 0, "+"), 0),
                ),
            ),
            Printed(
                "slopes-at-kinks",
                "S2-06, S2-18",
                'Slide "Функции активации", with the derivative of "Численная производная"',
                Values(
                    *(
                        (
                            f"{name}: slope from the left less slope from the right, 0 if there is "
                            "a slope",
                            lambda pieces=pieces: sympy.Add(
                                *(n * e for n, e in zip((1, -1), one_sided(*pieces), strict=True))
                            ),
                            0,
                        )
                        for name, pieces in {
                            "ReLU at 0": (lambda a: 0 * a, lambda a: a),
                            "Leaky ReLU at 0": (lambda a: a / 10, lambda a: a),
                            r"Maxout $\max(-x, x - 2)$ at 1": (lambda a: -a, lambda a: a - 2, 1),
                            r"ELU at 0, $\alpha = 2$": (lambda a: 2 * (exp(a) - 1), lambda a: a),
                        }.items()
                    )
                ),
                title="No slope at a kink",
                correction=Values(
                    ("ReLU at 1, both sides", lambda: one_sided(*2 * [lambda a: a], 1), (1, 1)),
                    (
                        "ReLU at $-1$, both sides",
                        lambda: one_sided(*2 * [lambda a: 0 * a], -1),
                        (0, 0),
                    ),
                    (
                        r"ELU at 0, $\alpha = 1$, both sides",
                        lambda: one_sided(lambda a: exp(a) - 1, lambda a: a),
                        (1, 1),
                    ),
                ),
                cause="unsaid",
            ),
            # ---- Networks as listings ----
            Printed(
                "feed-forward-names",
                "S2-20",
                'Slide "Прямое распространение" (feed-forward), with NumPy as `np`',
                Listing(FORWARD_PASS, *FORWARD_SHAPES, before="import numpy as np"),
                title="A forward pass without its weights",
                correction=Listing(FORWARD_PASS, *FORWARD_SHAPES, before=FORWARD_NAMES),
                cause="shorthand",
            ),
            Printed(
                "feed-forward-bias",
                "S2-20",
                "The feed-forward listing, with weights, and with the first bias as a plain list "
                "of four numbers, `b1 = np.ones(4)`",
                Listing(FORWARD_PASS, *FORWARD_SHAPES, before=FORWARD_NAMES + "b1 = np.ones(4)\n"),
                title="A bias of the wrong shape, which nothing reports",
                correction=Listing(
                    FORWARD_PASS, *FORWARD_SHAPES, before=FORWARD_NAMES + "b1 = np.ones((4, 1))\n"
                ),
                cause="unsaid",
            ),
            Printed(
                "which-f",
                "S2-11, S2-20",
                'Slide "Нейронная сеть", $f = Wx$ with one weight and with the $f$ of the '
                "feed-forward listing",
                Chain(
                    Function("f", real=True)(x),
                    ("=", w * x),
                    given=[Eq(Function("f", real=True)(x), 1 / (1 + exp(-x)))],
                ),
                title="The letter f: the score, and a function on the way to it",
                correction=Chain(
                    score[i],
                    (
                        "=",
                        Sum(
                            W_2[i, k] * sigma(Sum(W_1[k, l] * one_x[l], (l, 1, D))),
                            (k, 1, H),
                        ),
                    ),
                    given=[
                        Eq(score[i], Sum(W_2[i, k] * hidden[k], (k, 1, H))),
                        Eq(hidden[k], sigma(Sum(W_1[k, l] * one_x[l], (l, 1, D)))),
                        Eq(sigma(t), 1 / (1 + exp(-t))),
                    ],
                ),
                cause="convention",
            ),
            Printed(
                "with-and-without-bias",
                "S2-14, S2-20",
                "The last line of the feed-forward listing, against the formula of three layers on "
                'the slide "Нейронная сеть"',
                Chain(
                    Sum(last[i, k] * h_2[k], (k, 1, H)) + b_3[i],
                    ("=", Sum(last[i, k] * h_2[k], (k, 1, H))),
                ),
                title="With biases and without",
                needs=[Eq(b_3[i], 0)],
                cause="convention",
            ),
            Printed(
                "twenty-lines",
                "S2-22",
                'Slide "Нейронная сеть в 20 строк" (a network in 20 lines), its first ten steps',
                Listing(
                    TWENTY_LINES,
                    ("x.shape", (64, 1000)),
                    ("h.shape", (64, 100)),
                    ("y_pred.shape", (64, 10)),
                    ("grad_w1.shape == w1.shape and grad_w2.shape == w2.shape", True),
                    ("[t for t, loss in lines]", list(range(10))),
                    ("all(b[1] < a[1] for a, b in zip(lines, lines[1:]))", True),
                    before=TEN_STEPS,
                ),
            ),
            Printed(
                "twenty-lines-length",
                "S2-22",
                'Slide "Нейронная сеть в 20 строк", the number of lines',
                Values(
                    ("lines of the program", lambda: len(TWENTY_LINES.strip("\n").split("\n")), 20)
                ),
            ),
            Printed(
                "twenty-lines-gradient",
                "S2-22",
                'Slide "Нейронная сеть в 20 строк", lines 9 to 17 on a small copy of the data',
                Values(
                    ("`grad_w1` less central differences", lambda: slope_gap("w1"), 0.0, 1e-7),
                    ("`grad_w2` less central differences", lambda: slope_gap("w2"), 0.0, 1e-7),
                ),
            ),
            Printed(
                "twenty-lines-by-prediction",
                "S2-22",
                'Slide "Нейронная сеть в 20 строк", line 14',
                Chain(
                    Derivative(loss, y_pred[i, j]),
                    ("=", 2 * (y_pred[i, j] - Y[i, j])),
                    given=[sum_of_squares],
                ),
            ),
            Printed(
                "twenty-lines-by-output-weight",
                "S2-22",
                'Slide "Нейронная сеть в 20 строк", line 15',
                Chain(
                    Derivative(loss, w2[k, j]),
                    ("=", Sum(units[i, k] * grad_y_pred[i, j], (i, 1, N))),
                    given=[sum_of_squares, predictions, by_y_pred],
                ),
            ),
            Printed(
                "twenty-lines-by-hidden-unit",
                "S2-22",
                'Slide "Нейронная сеть в 20 строк", line 16',
                Chain(
                    Derivative(loss, units[i, k]),
                    ("=", Sum(grad_y_pred[i, j] * w2[k, j], (j, 1, D_out))),
                    given=[sum_of_squares, predictions, by_y_pred],
                ),
            ),
            Printed(
                "twenty-lines-by-hidden-weight",
                "S2-22",
                'Slide "Нейронная сеть в 20 строк", line 17',
                Chain(
                    Derivative(loss, w1[l, k]),
                    (
                        "=",
                        Sum(X[i, l] * (grad_h[i, k] * units[i, k] * (1 - units[i, k])), (i, 1, N)),
                    ),
                    given=[sum_of_squares, predictions, hidden_units, by_y_pred, by_h],
                ),
            ),
            Printed(
                "columns-and-rows",
                "S2-13, S2-22",
                'Slide "Нейронная сеть", $W_1 x$, with `w1` and an example of the 20 lines',
                Values(
                    (
                        "shape of $W_1 x$, one number for each of 100 hidden units",
                        lambda: (program()["w1"] @ program()["x"][0]).shape,
                        (100,),
                    )
                ),
                title="Examples in columns, examples in rows",
                correction=Values(
                    (
                        "shape of `w1.T @ x[0]`",
                        lambda: (program()["w1"].T @ program()["x"][0]).shape,
                        (100,),
                    ),
                    (
                        "shape of `x.dot(w1)`, one row for each example",
                        lambda: program()["x"].dot(program()["w1"]).shape,
                        (64, 100),
                    ),
                ),
                cause="convention",
            ),
            Printed(
                "label-or-target",
                "S2-02, S2-22",
                'Slide "Where we are...", $y_i$ as the number of a class, with the `y` of the '
                "program in 20 lines",
                Values(
                    ("shape of $y_i$, one label", lambda: program()["y"][0].shape, ()),
                    (
                        "$s_{y_i}$ for the scores 1 to 10 is one number",
                        lambda: np.ndim(np.arange(1.0, 11.0)[program()["y"][0]]),
                        0,
                    ),
                ),
                title="The letter y: a class, and a row of numbers to be met",
                correction=Values(
                    (
                        "shape of $y_i$ in a list of classes",
                        lambda: np.array([2, 0, 1])[0].shape,
                        (),
                    ),
                    (
                        "$s_{y_i}$ for the scores 1 to 10 is one number",
                        lambda: np.ndim(np.arange(1.0, 11.0)[np.array([2, 0, 1])[0]]),
                        0,
                    ),
                ),
                cause="convention",
            ),
            Printed(
                "mean-or-sum",
                "S2-03, S2-22",
                "The loss of the program in 20 lines, against the mean of the slide "
                '"Where we are..." (without regularisation)',
                Chain(
                    loss,
                    ("=", mean(L_i[i])),
                    given=[sum_of_squares, squares_of_one],
                ),
                title="A mean on the slides, a sum in the program",
                correction=Chain(
                    loss,
                    ("=", N * mean(L_i[i])),
                    given=[sum_of_squares, squares_of_one],
                ),
                cause="convention",
            ),
            Printed(
                "neuron-self",
                "S2-25",
                'Slide "Перцептрон" (perceptron), with `math` and `np`, weights and bias supplied',
                Listing(
                    NEURON,
                    ("rate", careful_rate(3.5), 1e-6),
                    before="import math\n\nimport numpy as np\n",
                    after=NEURON_TICKS,
                ),
                title="A method without self",
                correction=Listing(
                    NEURON.replace("neuron_tick(inputs)", "neuron_tick(self, inputs)"),
                    ("rate", careful_rate(3.5), 1e-6),
                    before="import math\n\nimport numpy as np\n",
                    after=NEURON_TICKS,
                ),
                cause="slip",
            ),
            Printed(
                "neuron-overflow",
                "S2-24, S2-25",
                "The class Neuron, the line of the firing rate, at two sums",
                Values(
                    ("firing rate at the sum $-2$", lambda: neuron_rate(-2.0), 0.119203, 5e-7),
                    ("firing rate at the sum $-1000$", lambda: neuron_rate(-1000.0), 0.0, 5e-7),
                ),
                title="A neuron that overflows",
                correction=Values(
                    ("firing rate at the sum $-2$", lambda: careful_rate(-2.0), 0.119203, 5e-7),
                    (
                        "firing rate at the sum $-1000$, with $e^{-|s|}$",
                        lambda: careful_rate(-1000.0),
                        0.0,
                        5e-7,
                    ),
                ),
                cause="unsaid",
            ),
            # ---- Backpropagation ----
            Printed(
                "total-loss",
                "S2-27",
                'Slide "Проблемы обучения нейронной сети" (the task of learning), $L$ with '
                "$\\lambda = 0.3$ and the squares of all entries",
                Values(
                    ("the printed sums less the library's loss and norms", total_loss_gap, 0, 1e-9)
                ),
            ),
            Printed(
                "gradients-are-enough",
                "S2-27, S2-28",
                'Slide "Проблемы обучения нейронной сети" (the task of learning), last line',
                Values(
                    (
                        "the data loss falls, random start",
                        lambda: learns(*data_and_weights()),
                        True,
                    ),
                    (
                        "the data loss falls, start with no unit above 0",
                        lambda: learns(*silent_start()),
                        True,
                    ),
                ),
                title="A gradient is not yet learning",
                correction=Values(
                    (
                        "the data loss falls, random start",
                        lambda: learns(*data_and_weights()),
                        True,
                    )
                ),
                cause="unsaid",
            ),
            Printed(
                "margin-by-rows",
                "S2-29",
                r'Slide "Выведем $\nabla_W L$" (the gradient on paper), $L_i$',
                Chain(
                    others(Max(0, s[j] - s[y_i] + 1)),
                    ("=", others(Max(0, one_score(j) + one_score(y_i) + 1))),
                    given=[one_s],
                ),
                title="A margin with a plus",
                correction=Chain(
                    others(Max(0, s[j] - s[y_i] + 1)),
                    ("=", others(Max(0, one_score(j) - one_score(y_i) + 1))),
                    given=[one_s],
                ),
                cause="slip",
            ),
            Printed(
                "objective-by-rows",
                "S2-30",
                r'Slide "Выведем $\nabla_W L$", $L$ (with the regularisation written out)',
                Chain(objective, ("=", objective_printed), given=[its_s]),
                title="The same plus, and an x without the number of its example",
                correction=Chain(objective, ("=", objective_right), given=[its_s]),
                cause="slip",
            ),
            Printed(
                "gradient-by-rows",
                "S2-31",
                r'Slide "Выведем $\nabla_W L$", last formula, one entry of it, '
                "in the row of the right class",
                Chain(
                    Derivative(objective, W[y_i, d]),
                    ("=", Derivative(objective_printed, W[y_i, d])),
                    given=[its_s],
                ),
                title="The same plus, under the gradient",
                correction=Chain(
                    Derivative(objective, W[y_i, d]),
                    ("=", Derivative(objective_right, W[y_i, d])),
                    given=[its_s],
                ),
                cause="slip",
            ),
            Printed(
                "circuit",
                "S2-34, S2-35",
                'Slides "Обратное распространение ошибки" (backpropagation), circuit $(x + y)z$',
                Chain((x + y) * z, ("=", q * z), ("=", f), given=[is_sum, is_product]),
            ),
            Printed(
                "sum-by-x",
                "S2-35",
                r"Slides on the circuit $(x + y)z$, $\partial q / \partial x$",
                Chain(Derivative(q, x), ("=", 1), given=[is_sum]),
            ),
            Printed(
                "sum-by-y",
                "S2-35",
                r"Slides on the circuit $(x + y)z$, $\partial q / \partial y$",
                Chain(Derivative(q, y), ("=", 1), given=[is_sum]),
            ),
            Printed(
                "product-by-q",
                "S2-35",
                r"Slides on the circuit $(x + y)z$, $\partial f / \partial q$",
                Chain(Derivative(f, q), ("=", z), given=[is_product]),
            ),
            Printed(
                "product-by-z",
                "S2-35",
                r"Slides on the circuit $(x + y)z$, $\partial f / \partial z$",
                Chain(Derivative(f, z), ("=", q), given=[is_product]),
            ),
            Printed(
                "chain-rule-by-y",
                "S2-37",
                "Slides on the circuit $(x + y)z$, the chain rule for $y$",
                Chain(
                    Derivative(f, y),
                    ("=", Derivative(f, q) * Derivative(q, y)),
                    given=[is_product, is_sum],
                ),
            ),
            Printed(
                "chain-rule-by-x",
                "S2-37",
                "Slides on the circuit $(x + y)z$, the chain rule for $x$",
                Chain(
                    Derivative(f, x),
                    ("=", Derivative(f, q) * Derivative(q, x)),
                    given=[is_product, is_sum],
                ),
            ),
            Printed(
                "exponential-gate",
                "S2-41",
                'Slides "Другой пример" (another example), the table of slopes, first line',
                Chain(Derivative(exp(x), x), ("=", exp(x))),
            ),
            Printed(
                "times-a-constant",
                "S2-41",
                "The table of slopes, second line",
                Chain(Derivative(a_constant * x, x), ("=", a_constant)),
            ),
            Printed(
                "reciprocal-gate",
                "S2-41",
                "The table of slopes, third line",
                Chain(Derivative(1 / x, x), ("=", -1 / x**2)),
            ),
            Printed(
                "plus-a-constant",
                "S2-41",
                "The table of slopes, fourth line",
                Chain(Derivative(c_constant + x, x), ("=", 1)),
            ),
            Printed(
                "upstream-times-local",
                "S2-43",
                'Slides "Другой пример", the add gate, both inputs',
                Values(
                    (
                        "0.2 times the slope of $u + v$ by $u$",
                        lambda: 0.2 * float(sympy.diff(u + v, u)),
                        0.2,
                    ),
                    (
                        "0.2 times the slope of $u + v$ by $v$",
                        lambda: 0.2 * float(sympy.diff(u + v, v)),
                        0.2,
                    ),
                ),
            ),
            Printed(
                "sigmoid-slope",
                "S2-44",
                'Slides "Другой пример", "Sigmoid local gradient"',
                Chain(
                    Derivative(sigma(x), x),
                    ("=", exp(-x) / (1 + exp(-x)) ** 2),
                    ("=", ((1 + exp(-x) - 1) / (1 + exp(-x))) * (1 / (1 + exp(-x)))),
                    ("=", (1 - sigma(x)) * sigma(x)),
                    given=[is_sigmoid],
                ),
            ),
            Printed(
                "another-graph",
                "S2-41, S2-44",
                'Slides "Другой пример": the gates of the table against one sigmoid gate',
                Chain(
                    (-1 / (1 + exp(-x)) ** 2) * 1 * exp(-x) * (-1),
                    ("=", (1 - sigma(x)) * sigma(x)),
                    given=[is_sigmoid],
                ),
            ),
            Printed(
                "add-distributes",
                "S2-45",
                'Slide "Паттерны в графе градиентов" (patterns), add gate',
                Chain(u * Derivative(x + y, x), ("=", u)),
            ),
            Printed(
                "mul-swaps",
                "S2-45",
                'Slide "Паттерны в графе градиентов" (patterns), mul gate',
                Chain(u * Derivative(x * y, x), ("=", u * y)),
            ),
            Printed(
                "copy-adds",
                "S2-45",
                'Slide "Паттерны в графе градиентов" (patterns), copy gate',
                Chain(Derivative(u * x + v * x, x), ("=", u + v)),
            ),
            Printed(
                "max-routes",
                "S2-45",
                'Slide "Паттерны в графе градиентов" (patterns), max gate, the part of $x$',
                Chain(u * Derivative(Max(x, y), x), ("=", u * Heaviside(x - y))),
            ),
            Printed(
                "max-at-a-tie",
                "S2-45",
                'Slide "Паттерны в графе градиентов" (patterns), max gate: all to one input',
                Values(
                    ("shares for $\\max(4, 5)$", lambda: shares_of_max(4.0, 5.0), [0.0, 1.0]),
                    ("shares for $\\max(5, 5)$", lambda: shares_of_max(5.0, 5.0), [0.0, 1.0]),
                ),
                title="The maximum of two equal numbers",
                correction=Values(
                    ("shares for $\\max(4, 5)$", lambda: shares_of_max(4.0, 5.0), [0.0, 1.0]),
                    ("shares for $\\max(6, 5)$", lambda: shares_of_max(6.0, 5.0), [0.0, 1.0]),
                ),
                cause="unsaid",
            ),
            Printed(
                "circuit-sigmoid",
                "S2-46",
                'Slide "Код обратного распространения" (backpropagation in code), "Forward pass", '
                "run alone, with a score of 1",
                Listing(CIRCUIT_FORWARD, (f"f{POINT}", OUTPUT, 1e-6)),
                title="A sigmoid for the reader to supply",
                correction=Listing(
                    CIRCUIT_FORWARD + "    return L\n", (f"f{POINT}", OUTPUT, 1e-6), before=SIGMOID
                ),
                cause="shorthand",
            ),
            Printed(
                "circuit-output",
                "S2-46",
                'Slide "Код обратного распространения", "Forward pass", with a sigmoid supplied',
                Listing(CIRCUIT_FORWARD, (f"f{POINT}", OUTPUT, 1e-6), before=SIGMOID),
                title="A forward pass that hands nothing over",
                correction=Listing(
                    CIRCUIT_FORWARD + "    return L\n", (f"f{POINT}", OUTPUT, 1e-6), before=SIGMOID
                ),
                cause="shorthand",
            ),
            Printed(
                "backward-outside",
                "S2-46, S2-47",
                'Slide "Код обратного распространения", "Forward pass" and then "Backward pass", '
                "with a sigmoid and the inputs supplied",
                Listing(
                    f"{CIRCUIT_FORWARD}\n{CIRCUIT_BACKWARD}",
                    *(
                        (f"grad_{name}", slope, 1e-6)
                        for name, slope in zip(
                            ("w0", "x0", "w1", "x1", "w2"), circuit_slopes(), strict=True
                        )
                    ),
                    before=f"{SIGMOID}\n\nw0, x0, w1, x1, w2 = {POINT}\n",
                ),
                title="A backward pass outside its function",
                correction=Listing(
                    f"{CIRCUIT_FORWARD}\n{indented(CIRCUIT_BACKWARD)}\n"
                    "    return L, (grad_w0, grad_x0, grad_w1, grad_x1, grad_w2)\n",
                    (f"f{POINT}[0]", OUTPUT, 1e-6),
                    (f"f{POINT}[1]", circuit_slopes(), 1e-6),
                    before=SIGMOID,
                ),
                cause="scan",
            ),
            Printed(
                "which-loss",
                "S2-02, S2-47",
                'Slide "Код обратного распространения", `grad_s3`, with the $L$ of "Where we '
                'are...": the loss of two classes, the second one right',
                Chain(
                    Derivative(L, s_2),
                    ("=", (1 - L) * L),
                    given=[Eq(L, Max(0, s_1 - s_2 + 1))],
                ),
                title="The letter L: a loss, and the output of a sigmoid",
                correction=Chain(
                    Derivative(L, s_2),
                    ("=", (1 - L) * L),
                    given=[Eq(L, 1 / (1 + exp(-s_2)))],
                ),
                cause="convention",
            ),
            *gate_slopes(),
        ],
    )
