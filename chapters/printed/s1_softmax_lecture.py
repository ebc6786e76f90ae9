r"""What the lecture "Softmax" (L. B. Sokolinsky, 2018) prints, in its own letters.

Many slides stand in our copy two, three or four times. Each printing that differs is an item of
its own; a page that only repeats another one is not taken down again. Sums that are printed
without limits run over all classes, as they do wherever the lecture gives the limits.

Not here: two figures that our copy has lost; the remark that an output is interpreted as a
probability, which is a way of reading and nothing to compute; the numbers of the slides (in our
copy Lemma 3 and two printings of Lemma 4 have the same, perhaps from different versions of the
lecture); and the letter k, which counts inputs in one sum and classes in others, because the
limits of each sum say which.
"""

import numpy as np
from scipy.special import entr
from sympy import (
    Derivative,
    Eq,
    Expr,
    Ge,
    Gt,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Le,
    Lt,
    Ne,
    Rational,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
)

from gradproof.activations import softmax
from gradproof.errata import Chain, Printed, Source, Values
from gradproof.losses import cross_entropy
from gradproof.notation import C, N, c, i, j, k, l, m, n, y

z = IndexedBase("z^L", shape=(n,), real=True)
a = IndexedBase("a^L", shape=(n,), real=True)
b = IndexedBase("b^L", shape=(n,), real=True)
w = IndexedBase("w^L", shape=(n, m), real=True)
t = Symbol("t", positive=True)
delta = IndexedBase("delta^L", shape=(n,), real=True)
a_before = IndexedBase("a^{L-1}", shape=(m,), real=True)
w_bare = IndexedBase("w", shape=(n, m), real=True)  # where the superscript is not printed
z_bare = IndexedBase("z", shape=(n,), real=True)

# The cost of a whole training set: v counts the |V| examples.
v = Symbol("v", integer=True)
mean_cost = Symbol(r"\mathbb{C}", real=True)
targets = IndexedBase("y^V", shape=(N, n), real=True)
outputs = IndexedBase("a^{L,V}", shape=(N, n), real=True)

# The table: a_1 as the one number that is chosen, and the three targets.
a_1 = Symbol("a_1", positive=True)
y_1 = Symbol("y_1", positive=True)


# --- The table -----------------------------------------------------------------------

GRID = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
TABLE_A_2 = [0.60, 0.53, 0.47, 0.40, 0.33, 0.27, 0.20, 0.13, 0.07]
TABLE_A_3 = [0.30, 0.27, 0.23, 0.20, 0.17, 0.13, 0.10, 0.07, 0.03]
TABLE_C = [1.52, 1.23, 1.10, 1.03, 1.01, 1.03, 1.10, 1.23, 1.52]
TARGETS = (1 / 2, (1 - 1 / 2) * 2 / 3, (1 - 1 / 2) / 3)
HALF_OF_LAST_DIGIT = 0.005


def row_of_table(first):
    """Return the three outputs of a row, by the formulas above the columns.

    The three targets have the same formulas.
    """
    return first, (1 - first) * 2 / 3, (1 - first) / 3


def cost_of_row(first, wanted):
    """Return the last column of a row, by the formula above it."""
    row = row_of_table(first)
    return -sum(one * np.log(other) for one, other in zip(wanted, row, strict=True))


def smallest_cost(wanted):
    """Return the smallest number of the last column."""
    return min(cost_of_row(first, wanted) for first in GRID)


def entries(name, column, function):
    """Return one row to compare for each entry of a column of the table."""
    return [
        (
            f"${name}$ in the row of $a_1 = {first}$",
            lambda first=first: function(first),
            printed_entry,
            HALF_OF_LAST_DIGIT,
        )
        for first, printed_entry in zip(GRID, column, strict=True)
    ]


# --- Networks with numbers -----------------------------------------------------------

LOGITS = np.log(np.array([2.0, 3.0, 5.0]))
WANTED = np.array([0.5, 0.1, 0.4])


def literal_softmax(logits):
    """Return the printed fraction, with Python's own sums and the printed limits."""
    size = len(logits)
    return [
        np.exp(logits[at - 1]) / sum(np.exp(logits[dummy - 1]) for dummy in range(1, size + 1))
        for at in range(1, size + 1)
    ]


def literal_weighted_inputs(weights, inputs, biases):
    """Return the printed sum over k from 1 to m, for each j from 1 to n."""
    rows, last = len(weights), len(inputs)
    return [
        sum(weights[at - 1][by - 1] * inputs[by - 1] for by in range(1, last + 1)) + biases[at - 1]
        for at in range(1, rows + 1)
    ]


def slopes_with_hidden_neuron(hidden, output_biases):
    """Return the slopes of C by b_1^L, by w_11^L and by the bias of a hidden sigmoid neuron.

    The second class is right. The slopes are found by complex steps, without any formula of
    the lecture.
    """

    def cost(changes):
        """Return C, where the three parameters are changed by these amounts."""
        activation = 1 / (1 + np.exp(-(hidden + changes[2])))
        logits = np.array([10 + changes[1], -10]) * activation
        logits += np.array(output_biases) + np.array([changes[0], 0])
        return np.log(np.exp(logits).sum()) - logits[1]

    return [float(cost(1e-20j * unit).imag / 1e-20) for unit in np.eye(3)]


# --- Formulas ------------------------------------------------------------------------


def over_classes(term: Expr) -> Expr:
    """Return the sum over j from 1 to n."""
    return Sum(term, (j, 1, n))


def others(term: Expr) -> Expr:
    """Return the sum over j from 1 to n without j = i."""
    return Sum((1 - KroneckerDelta(i, j)) * term, (j, 1, n))


def lemma_4(dummy, line_4, lines_5_to_13) -> Chain:
    """Return a printing of Lemma 4: its first lines and its last three are the same in all.

    Parameters
    ----------
    dummy : Symbol
        The summation index of the denominators: k in two printings, l in the third.
    line_4 : function
        From the sum of the exponentials and the fraction to the term of the fourth line.
    lines_5_to_13 : function
        From the same two and the term that waits to these nine expressions.
    """
    total = Sum(exp(z[dummy]), (dummy, 1, n))
    fraction = exp(z[j]) / total
    waiting = others(y[j] * (total / exp(z[j])) * Derivative(fraction, z[i]))
    lines = [
        -Derivative(over_classes(y[j] * log(a[j])), z[i]),
        -over_classes(y[j] * Derivative(log(a[j]), z[i])),
        -over_classes(y[j] * Derivative(log(fraction), z[i])),
        -over_classes(line_4(total, fraction)),
        *lines_5_to_13(total, waiting),
        -y[i] + a[i] * over_classes(y[j]),
        -y[i] + a[i],
        a[i] - y[i],
    ]
    return Chain(Derivative(C, z[i]), *(("=", line) for line in lines), given=[cost, by_softmax])


def fraction_with_slope_above(total, fraction):
    """Return line 4 of the first two printings: the slope stands in the numerator."""
    return y[j] * (total * Derivative(fraction, z[i]) / exp(z[j]))


def fraction_with_slope_beside(total, fraction):
    """Return line 4 of the third printing: the slope stands beside the fraction."""
    return y[j] * (total / exp(z[j])) * Derivative(fraction, z[i])


def first_printing(total, waiting):
    """Return lines 5 to 13 of the first printing."""
    upside_down, own_upside_down = total / exp(z[j]), total / exp(z[i])
    own = -y[i] * (1 - a[i])
    return [
        -y[i] * own_upside_down - waiting,
        -y[i] * own_upside_down - ((exp(z[i]) * total - exp(z[i])) / total**2) * waiting,
        -y[i] * ((total - exp(z[i])) / total) - waiting,
        own - waiting,
        own - others(y[j] * upside_down * (-exp(z[j]) / total**2)),
        own - others(y[j] * (-exp(z[j]) / total)),
        own - others(y[j] * -a[j]),
        own + a[i] * over_classes(y[j]),
        -y[i] + y[i] * a[i] + a[i] * over_classes(y[j]),
    ]


def second_printing(total, waiting):
    """Return lines 5 to 13 of the second printing."""
    upside_down, own_upside_down = total / exp(z[j]), total / exp(z[i])
    own = -y[i] * (1 - a[i])
    return [
        -y[i] * own_upside_down - waiting,
        -y[i] * own_upside_down - ((exp(z[i]) * total - exp(z[i]) * total) / total**2) * waiting,
        -y[i] * own_upside_down - waiting,
        own - waiting,
        own - others(y[j] * upside_down * ((-exp(z[j]) * exp(z[i])) / total**2)),
        own - others(y[j] * (-exp(z[i]) / total)),
        own - others(y[j] * -a[i]),
        own + a[i] * others(y[j]),
        -y[i] + y[i] * a[i] + a[i] * others(y[j]),
    ]


def third_printing(total, waiting):
    """Return lines 5 to 13 of the third printing."""
    upside_down, own_upside_down = total / exp(z[j]), total / exp(z[i])
    own = -y[i] * (1 - a[i])
    return [
        -y[i] * own_upside_down * Derivative(exp(z[i]) / total, z[i]) - waiting,
        -y[i] * own_upside_down * ((exp(z[i]) * total - exp(2 * z[i])) / total**2) - waiting,
        -y[i] * ((total - exp(z[i])) / total) - waiting,
        own - waiting,
        own - others(y[j] * upside_down * ((-exp(z[j]) * exp(z[i])) / total**2)),
        own - others(y[j] * (-exp(z[i]) / total)),
        own - others(y[j] * -a[i]),
        own + a[i] * others(y[j]),
        -y[i] + y[i] * a[i] + a[i] * others(y[j]),
    ]


with evaluate(False):
    total = Sum(exp(z[i]), (i, 1, n))  # the lecture's own dummy, i
    fraction = exp(z[j]) / total
    by_softmax = Eq(a[j], fraction)
    cost = Eq(C, -over_classes(y[j] * log(a[j])))
    layer = Eq(z[j], Sum(w[j, k] * a_before[k], (k, 1, m)) + b[j])
    targets_sum_to_1 = Eq(over_classes(y[j]), 1)
    outputs_sum_to_1 = Eq(over_classes(a[j]), 1)
    tangent = Le(log(t), t - 1)
    entropy = -over_classes(y[j] * log(y[j]))
    squared = total**2
    slope_numerator = exp(z[j]) * total - exp(2 * z[j])
    lemma_3 = Chain(
        Derivative(a[j], z[k]),
        ("=", Derivative(fraction, z[k])),
        ("=", (-exp(z[k]) * exp(z[j])) / squared),
        ("=", (-exp(z[k]) / total) * (exp(z[j]) / total)),
        ("=", -(a[k] * a[j])),
        given=[by_softmax, Ne(k, j)],
    )
    lemma_4_as_meant = lemma_4(l, fraction_with_slope_beside, third_printing)
    on_the_table = -(
        y_1 * log(a_1)
        + (1 - y_1) * Rational(2, 3) * log((1 - a_1) * Rational(2, 3))
        + (1 - y_1) / 3 * log((1 - a_1) / 3)
    )
    rows_of_mean = Sum(Sum(targets[v, j] * log(outputs[v, j]), (j, 1, n)), (v, 1, N))

    printed = Source(
        "Lecture “Softmax”",
        [
            Printed(
                "distribution",
                "S1-01",
                "Slide “A distribution as output”, the first page and slide 18; $y_j$ is an output",
                Chain(
                    Integer(0),
                    ("<=", y[j]),
                    ("<=", Integer(1)),
                    given=[Eq(y[j], fraction)],
                ),
            ),
            Printed(
                "distribution-sum",
                "S1-01",
                "Slide “A distribution as output”, the second line",
                Chain(over_classes(y[j]), ("=", Integer(1)), given=[Eq(y[j], fraction)]),
            ),
            Printed(
                "letter-y",
                "S1-01, S1-12, S1-26",
                "Lemma 4, read with the $y_j$ of slide 18, which are the outputs",
                Chain(
                    Derivative(-over_classes(y[j] * log(a[j])), z[i]),
                    ("=", a[i] - y[i]),
                    given=[Eq(y[j], fraction), by_softmax],
                ),
                title="One letter for outputs and targets",
                correction=Chain(
                    Derivative(-over_classes(y[j] * log(a[j])), z[i]),
                    ("=", a[i] - y[i]),
                    given=[by_softmax, targets_sum_to_1],
                ),
                cause="convention",
            ),
            Printed(
                "weighted-inputs",
                "S1-03, S1-04",
                "Slide “Softmax as activation”, first and second printing, the weighted inputs",
                Values(
                    (
                        "the printed sums for $n = 2$, $m = 3$",
                        lambda: literal_weighted_inputs([[1, 2, 3], [4, 5, 6]], [1, 1, 2], [7, 8]),
                        [16, 29],
                    ),
                    (
                        "the same as a product of matrices",
                        lambda: np.array([[1, 2, 3], [4, 5, 6]]) @ [1, 1, 2] + [7, 8],
                        [16, 29],
                    ),
                ),
            ),
            Printed(
                "softmax",
                "S1-05",
                "Slide “Softmax as activation”, the activation; the same in all four printings",
                Values(
                    (
                        "the printed fractions at our logits, less the softmax of this book",
                        lambda: literal_softmax(LOGITS) - softmax(LOGITS),
                        [0.0, 0.0, 0.0],
                        1e-12,
                    ),
                ),
            ),
            Printed(
                "weights-without-layer",
                "S1-04, S1-25",
                "Slide 4 “Softmax as activation”, third and fourth printing, read together with "
                "the slope by $w_{ik}^L$",
                Chain(
                    Derivative(z[i], w[i, k]),
                    ("=", a_before[k]),
                    given=[Eq(z[j], Sum(w_bare[j, k] * a_before[k], (k, 1, m)) + b[j])],
                ),
                title="A weight that has lost its layer",
                correction=Chain(Derivative(z[i], w[i, k]), ("=", a_before[k]), given=[layer]),
                cause="slip or scan",
            ),
            Printed(
                "letter-i",
                "S1-05, S1-19",
                "The denominator of softmax, whose index is $i$, under the slope by $z_i^L$",
                Chain(
                    Derivative(total, z[i]),
                    ("=", Sum(Derivative(exp(z[i]), z[i]), (i, 1, n))),
                ),
                title="One letter for a class and for all classes",
                correction=Chain(
                    Derivative(Sum(exp(z[l]), (l, 1, n)), z[i]),
                    ("=", Sum(Derivative(exp(z[l]), z[i]), (l, 1, n))),
                    ("=", exp(z[i])),
                ),
                cause="convention",
            ),
            Printed(
                "strict-bounds",
                "S1-08",
                "Slide “Properties of softmax”, property 1, for the fraction and so for $a_j^L$",
                Chain(Integer(0), ("<", fraction), ("<", Integer(1))),
                title="Between 0 and 1, strictly",
                needs=[Ge(n, 2)],
                cause="unsaid",
            ),
            Printed(
                "outputs-sum",
                "S1-07, S1-09",
                "Slide “Properties of softmax”, property 2; said again on the next slide",
                Chain(
                    over_classes(a[j]),
                    ("=", over_classes(fraction)),
                    ("=", over_classes(exp(z[j])) / total),
                    ("=", Integer(1)),
                    given=[by_softmax],
                ),
            ),
            Printed(
                "digit-four",
                "S1-11",
                "Slide “A softmax layer gives a distribution”, the example of digits: $a_4^L$ "
                "for the digit 4, continued to $a_j^L$ for the digit $j$, where the index runs "
                "from 1 to $n$",
                Values(
                    (
                        "digits 0 to 9 without an output, for $n = 10$",
                        lambda: sorted(set(range(10)) - set(range(1, 11))),
                        [],
                    ),
                    (
                        "outputs without a digit",
                        lambda: sorted(set(range(1, 11)) - set(range(10))),
                        [],
                    ),
                ),
                title="The output of the digit 0",
                correction=Values(
                    (
                        "digits without an output, if the tenth output is for the digit 0",
                        lambda: sorted(set(range(10)) - {index % 10 for index in range(1, 11)}),
                        [],
                    ),
                    (
                        "index of the output of the digit 4, as in the example",
                        lambda: [index for index in range(1, 11) if index % 10 == 4],
                        [4],
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "cost",
                "S1-12",
                "Slide “Cross-entropy as cost”, the definition of $C$",
                Values(
                    (
                        "the printed sum at our logits and targets, less the cost of this book",
                        lambda: (
                            -sum(WANTED[at] * np.log(softmax(LOGITS)[at]) for at in range(3))
                            - cross_entropy(softmax(LOGITS), WANTED)
                        ),
                        0.0,
                        1e-12,
                    ),
                ),
            ),
            Printed(
                "cost-not-negative",
                "S1-13",
                "Slide “Cross-entropy as cost”, property 1, and the last line of its proof",
                Chain(
                    C,
                    ("=", -over_classes(y[j] * log(a[j]))),
                    (">=", Integer(0)),
                    given=[cost, Ge(y[j], 0), Gt(a[j], 0), Lt(a[j], 1)],
                ),
            ),
            Printed(
                "cost-not-negative-for-softmax",
                "S1-13",
                "Slide “Cross-entropy as cost”, property 1 for the outputs of softmax, with one "
                "class too",
                Chain(
                    C,
                    ("=", -over_classes(y[j] * log(a[j]))),
                    (">=", Integer(0)),
                    given=[cost, by_softmax, Ge(y[j], 0)],
                ),
            ),
            Printed(
                "minimum-set",
                "S1-14",
                "Slide “Cross-entropy as cost”, property 2: no other $\\vec a^L$ between 0 and "
                "1 has a smaller $C$, where $\\vec y$ is a distribution",
                Chain(
                    C,
                    (">=", entropy),
                    given=[cost, Gt(a[j], 0), Lt(a[j], 1), Gt(y[j], 0), targets_sum_to_1],
                ),
                title="The outputs among which the minimum is sought",
                correction=Chain(
                    C,
                    ("=", -over_classes(y[j] * (log(y[j]) + log(a[j] / y[j])))),
                    ("=", entropy - over_classes(y[j] * log(a[j] / y[j]))),
                    (">=", entropy - over_classes(y[j] * (a[j] / y[j] - 1))),
                    ("=", entropy - over_classes(a[j]) + over_classes(y[j])),
                    ("=", entropy),
                    given=[
                        cost,
                        Gt(a[j], 0),
                        Gt(y[j], 0),
                        targets_sum_to_1,
                        outputs_sum_to_1,
                        tangent,
                    ],
                ),
                cause="unsaid",
            ),
            Printed(
                "minimum-value",
                "S1-14",
                "Slide “Cross-entropy as cost”, property 2: the value of $C$ at "
                "$\\vec a^L = \\vec y$",
                Chain(C, ("=", entropy), given=[cost, Eq(a[j], y[j]), Gt(y[j], 0)]),
            ),
            Printed(
                "zero-target",
                "S1-14",
                "Slide “Cross-entropy as cost”, property 2, the right side, where a target is 0",
                Values(
                    (
                        r"$-\sum_j y_j \ln y_j$ at $\vec y = (1, 0)$ is a number",
                        lambda: bool(np.isfinite(-(np.array([1.0, 0]) @ np.log([1.0, 0])))),
                        True,
                    ),
                ),
                title="Zero times the logarithm of zero",
                correction=Values(
                    (
                        r"the same, where $0 \ln 0$ means 0",
                        lambda: entr(np.array([1.0, 0.0])).sum(),
                        0.0,
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "minimum-reached",
                "S1-14",
                "Slide “Cross-entropy as cost”, property 2 for the outputs of softmax, where class "
                "$c$ is right and all other targets are 0: $C$ is equal to its minimum 0",
                Chain(
                    -over_classes(KroneckerDelta(c, j) * log(a[j])),
                    ("=", Integer(0)),
                    given=[by_softmax, Ge(c, 1), Le(c, n)],
                ),
                title="A minimum that softmax does not reach",
                correction=Chain(
                    -over_classes(KroneckerDelta(c, j) * log(a[j])),
                    (">", Integer(0)),
                    given=[by_softmax, Ge(c, 1), Le(c, n), Ge(n, 2)],
                ),
                cause="unsaid",
            ),
            Printed(
                "cost-proof-logarithm",
                "S1-15",
                "Slide “Proof of $C \\ge 0$”, the conclusion on $\\ln a_j^L$",
                Chain(log(a[j]), ("<", Integer(0)), given=[Gt(a[j], 0), Lt(a[j], 1)]),
            ),
            Printed(
                "cost-proof-softmax",
                "S1-08, S1-15",
                "Slide “Proof of $C \\ge 0$”, the conclusion on $\\ln a_j^L$ for the outputs "
                "of softmax",
                Chain(log(a[j]), ("<", Integer(0)), given=[by_softmax]),
                title="The proof of $C \\ge 0$ uses the strict bound",
                needs=[Ge(n, 2)],
                cause="unsaid",
            ),
            Printed(
                "cost-proof-term",
                "S1-15",
                "Slide “Proof of $C \\ge 0$”, the term of one class",
                Chain(
                    -y[j] * log(a[j]),
                    (">=", Integer(0)),
                    given=[Ge(y[j], 0), Gt(a[j], 0), Lt(a[j], 1)],
                ),
            ),
            Printed(
                "table-targets",
                "S1-16",
                "Table on the slide “The minimum is at $\\vec a^L = \\vec y$”, the formulas and "
                "values of $y$, the first value read as $y_1$",
                Values(
                    ("$y_1$", lambda: TARGETS[0], 0.5),
                    ("$y_2 = (1 - y_1) \\cdot 2/3$", lambda: TARGETS[1], 0.33, HALF_OF_LAST_DIGIT),
                    ("$y_3 = (1 - y_1)/3$", lambda: TARGETS[2], 0.17, HALF_OF_LAST_DIGIT),
                ),
            ),
            Printed(
                "table-labels",
                "S1-16",
                "Table of the minimum, the labels and values of $y$ read row by row",
                Values(
                    (
                        "beside $y_2 = (1 - y_1) \\cdot 2/3$",
                        lambda: TARGETS[1],
                        0.5,
                        HALF_OF_LAST_DIGIT,
                    ),
                    ("beside $y_3 = (1 - y_1)/3$", lambda: TARGETS[2], 0.33, HALF_OF_LAST_DIGIT),
                ),
                title="Labels one row above their values",
                correction=Values(
                    (
                        "one row further down, beside $y_2 = (1 - y_1) \\cdot 2/3$",
                        lambda: TARGETS[1],
                        0.33,
                        HALF_OF_LAST_DIGIT,
                    ),
                    (
                        "one row further down, beside $y_3 = (1 - y_1)/3$",
                        lambda: TARGETS[2],
                        0.17,
                        HALF_OF_LAST_DIGIT,
                    ),
                ),
                cause="scan",
            ),
            Printed(
                "table-outputs",
                "S1-17",
                "Table of the minimum, the columns of $a_2$ and $a_3$",
                Values(
                    *entries("a_2", TABLE_A_2, lambda first: row_of_table(first)[1]),
                    *entries("a_3", TABLE_A_3, lambda first: row_of_table(first)[2]),
                ),
            ),
            Printed(
                "table-costs",
                "S1-17",
                "Table of the minimum, the column of $C$",
                Values(*entries("C", TABLE_C, lambda first: cost_of_row(first, TARGETS))),
            ),
            Printed(
                "table-rounded-targets",
                "S1-16, S1-17",
                "Table of the minimum, the column of $C$, computed with the targets as they stand "
                "there",
                Values(*entries("C", TABLE_C, lambda first: cost_of_row(first, (0.5, 0.33, 0.17)))),
                title="Numbers that are more than what is shown",
                correction=Values(
                    *entries("C", TABLE_C, lambda first: cost_of_row(first, (1 / 2, 1 / 3, 1 / 6)))
                ),
                cause="shorthand",
            ),
            Printed(
                "table-minimum",
                "S1-14, S1-18",
                "Table of the minimum, the line below it, and the value that property 2 gives",
                Values(
                    (
                        "$a_1$ of the row with the smallest $C$",
                        lambda: min(GRID, key=lambda first: cost_of_row(first, TARGETS)),
                        0.5,
                    ),
                    (
                        "the smallest $C$ of the table",
                        lambda: smallest_cost(TARGETS),
                        1.01,
                        HALF_OF_LAST_DIGIT,
                    ),
                    (
                        r"$-\sum_j y_j \ln y_j$",
                        lambda: entr(TARGETS).sum(),
                        1.01,
                        HALF_OF_LAST_DIGIT,
                    ),
                ),
            ),
            Printed(
                "table-formulas",
                "S1-14, S1-16, S1-17",
                "Table of the minimum, its formulas with other values of $y_1$",
                Values(
                    *(
                        (
                            f"$a_1$ of the row with the smallest $C$, for $y_1 = {first}$",
                            lambda first=first: min(
                                GRID, key=lambda at: cost_of_row(at, row_of_table(first))
                            ),
                            first,
                        )
                        for first in (0.2, 0.7)
                    ),
                    *(
                        (
                            f"that $C$, less $-\\sum_j y_j \\ln y_j$, for $y_1 = {first}$",
                            lambda first=first: (
                                smallest_cost(row_of_table(first)) - entr(row_of_table(first)).sum()
                            ),
                            0.0,
                            1e-12,
                        )
                        for first in (0.2, 0.7)
                    ),
                ),
            ),
            Printed(
                "error",
                "S1-19",
                "Slide “The error $\\delta_i^L$ of the output layer”, all eleven equalities",
                Chain(
                    delta[i],
                    ("=", Derivative(C, z[i])),
                    ("=", over_classes(Derivative(C, a[j]) * Derivative(a[j], z[i]))),
                    ("=", over_classes(-(y[j] / a[j]) * Derivative(a[j], z[i]))),
                    ("=", -over_classes((y[j] / a[j]) * Derivative(a[j], z[i]))),
                    (
                        "=",
                        -(y[i] / a[i]) * Derivative(a[i], z[i])
                        - others((y[j] / a[j]) * Derivative(a[j], z[i])),
                    ),
                    (
                        "=",
                        -(y[i] / a[i]) * a[i] * (1 - a[i]) - others(-(y[j] / a[j]) * a[i] * a[j]),
                    ),
                    ("=", -y[i] + y[i] * a[i] + others(y[j] * a[i])),
                    ("=", -y[i] + over_classes(y[j] * a[i])),
                    ("=", -y[i] + a[i] * over_classes(y[j])),
                    ("=", -y[i] + a[i]),
                    ("=", a[i] - y[i]),
                    given=[Eq(delta[i], Derivative(C, z[i])), cost, by_softmax],
                ),
                title="Where the sum of the targets is used: the error",
                needs=[targets_sum_to_1],
                cause="unsaid",
            ),
            Printed(
                "lemma-1",
                "S1-20",
                "Slide 16, Lemma 1; once more on the page “Lemmas”",
                Chain(
                    Derivative(C, a[j]),
                    ("=", -Derivative(Sum(y[i] * log(a[i]), (i, 1, n)), a[j])),
                    ("=", -(y[j] / a[j])),
                    given=[cost],
                ),
            ),
            Printed(
                "lemma-1-on-the-table",
                "S1-16, S1-20",
                "Lemma 1 for $j = 1$, read with the $a_1$ of the table, on which $a_2$ and $a_3$ "
                "depend",
                Chain(
                    Derivative(on_the_table, a_1),
                    ("=", -(y_1 / a_1)),
                    given=[Lt(a_1, 1), Lt(y_1, 1)],
                ),
                title="Free outputs and outputs that move together",
                correction=Chain(
                    Derivative(on_the_table, a_1),
                    ("=", -(y_1 / a_1) + (1 - y_1) / (1 - a_1)),
                    given=[Lt(a_1, 1), Lt(y_1, 1)],
                ),
                cause="convention",
            ),
            Printed(
                "lemma-2-title",
                "S1-21",
                "Slide 17 and page “Lemmas”, the title of Lemma 2",
                Chain(
                    Derivative(a[j], z_bare[j]),
                    ("=", a[j] * (1 - a[j])),
                    given=[by_softmax],
                ),
                title="Lemma 2: a logit without its layer",
                correction=Chain(
                    Derivative(a[j], z[j]),
                    ("=", a[j] * (1 - a[j])),
                    given=[by_softmax],
                ),
                cause="shorthand",
            ),
            Printed(
                "lemma-2",
                "S1-21, S1-22",
                "Slide 17 and page “Lemmas”, the proof of Lemma 2; one expression stands twice",
                Chain(
                    Derivative(a[j], z[j]),
                    ("=", Derivative(fraction, z[j])),
                    ("=", slope_numerator / squared),
                    ("=", slope_numerator / squared),
                    ("=", exp(z[j]) * total / squared - exp(2 * z[j]) / squared),
                    ("=", a[j] - a[j] ** 2),
                    ("=", a[j] * (1 - a[j])),
                    given=[by_softmax],
                ),
            ),
            Printed(
                "lemma-3-title",
                "S1-23",
                "Slide 19, the title of Lemma 3",
                Chain(
                    Derivative(a[j], z_bare[k]),
                    ("=", -(a[k] * a[j])),
                    given=[by_softmax, Ne(k, j)],
                ),
                title="Lemma 3: a logit without its layer",
                correction=Chain(
                    Derivative(a[j], z[k]),
                    ("=", -(a[k] * a[j])),
                    given=[by_softmax, Ne(k, j)],
                ),
                cause="shorthand",
            ),
            Printed(
                "lemma-3",
                "S1-23",
                "Slide 19 and page “Lemmas”, the proof of Lemma 3",
                lemma_3,
            ),
            Printed(
                "lemma-3-title-again",
                "S1-23",
                "Page “Lemmas”, the title of Lemma 3",
                Chain(
                    Derivative(a[j], z[k]),
                    ("=", -(a[k] * a[j])),
                    given=[by_softmax, Ne(k, j)],
                ),
            ),
            Printed(
                "slowdown",
                "S1-27",
                "Slide “The slowdown problem is absent”, for a confident mistake: class 2 is "
                "right, $a_1^L > 0.99$, and there is one hidden sigmoid neuron",
                Values(
                    (
                        "slope by $b_1^L$ is above 0.9",
                        lambda: bool(slopes_with_hidden_neuron(20, (0, 0))[0] > 0.9),
                        True,
                    ),
                    (
                        "slope by $w_{11}^L$ is above 0.9, where $z_1^{L-1} = 20$",
                        lambda: bool(slopes_with_hidden_neuron(20, (0, 0))[1] > 0.9),
                        True,
                    ),
                    (
                        "slope by $b_1^{L-1}$ is above 0.0001, where $z_1^{L-1} = 20$",
                        lambda: bool(slopes_with_hidden_neuron(20, (0, 0))[2] > 1e-4),
                        True,
                    ),
                    (
                        "slope by $w_{11}^L$ is above 0.0001, where $z_1^{L-1} = -20$",
                        lambda: bool(slopes_with_hidden_neuron(-20, (10, -10))[1] > 1e-4),
                        True,
                    ),
                ),
                title="Absent in the output layer only",
                correction=Values(
                    *(
                        (
                            f"slope by $b_1^L$, where $z_1^{{L-1}} = {hidden}$",
                            lambda hidden=hidden, biases=biases: slopes_with_hidden_neuron(
                                hidden, biases
                            )[0],
                            1.0,
                            1e-4,
                        )
                        for hidden, biases in ((20, (0, 0)), (-20, (10, -10)))
                    ),
                    (
                        "slope by $b_1^{L-1}$, times $e^{20}$, where $z_1^{L-1} = 20$",
                        lambda: slopes_with_hidden_neuron(20, (0, 0))[2] * np.exp(20),
                        20.0,
                        1e-4,
                    ),
                    (
                        "slope by $w_{11}^L$, times $e^{20}$, where $z_1^{L-1} = -20$",
                        lambda: slopes_with_hidden_neuron(-20, (10, -10))[1] * np.exp(20),
                        1.0,
                        1e-4,
                    ),
                ),
                cause="unsaid",
            ),
            Printed(
                "bias",
                "S1-24",
                "Slide “The slowdown problem is absent” and its proof, the slope by $b_i^L$",
                Chain(
                    Derivative(C, b[i]),
                    ("=", Derivative(C, z[i]) * Derivative(z[i], b[i])),
                    ("=", Derivative(C, z[i]) * 1),
                    ("=", Derivative(C, z[i])),
                    ("=", a[i] - y[i]),
                    given=[cost, by_softmax, layer],
                ),
                title="Where the sum of the targets is used: a bias",
                needs=[targets_sum_to_1],
                cause="unsaid",
            ),
            Printed(
                "weight",
                "S1-25",
                "Slide “The slowdown problem is absent” and its proof, the slope by $w_{ik}^L$",
                Chain(
                    Derivative(C, w[i, k]),
                    ("=", Derivative(C, z[i]) * Derivative(z[i], w[i, k])),
                    ("=", Derivative(C, z[i]) * a_before[k]),
                    ("=", a_before[k] * Derivative(C, z[i])),
                    ("=", a_before[k] * (a[i] - y[i])),
                    given=[cost, by_softmax, layer],
                ),
                title="Where the sum of the targets is used: a weight",
                needs=[targets_sum_to_1],
                cause="unsaid",
            ),
            Printed(
                "lemma-4-first-printing",
                "S1-29",
                "Slide 19 of Lemma 4, first printing: the one whose first sums have no limits",
                lemma_4(k, fraction_with_slope_above, first_printing),
                title="Lemma 4, first printing",
                correction=lemma_4_as_meant,
                needs=[targets_sum_to_1],
                cause="slip or scan",
            ),
            Printed(
                "lemma-4-second-printing",
                "S1-30",
                "Slide 19 of Lemma 4, second printing: the one whose sums all have limits",
                lemma_4(k, fraction_with_slope_above, second_printing),
                title="Lemma 4, second printing",
                correction=lemma_4_as_meant,
                needs=[targets_sum_to_1],
                cause="slip or scan",
            ),
            Printed(
                "training-set",
                "S1-28",
                "Slide “The cost of a whole training set”; the sum goes through the pairs of input "
                "and target, and $a_j^L$ has no mark of its input",
                Chain(
                    mean_cost,
                    ("=", -(1 / N) * Sum(Sum(targets[v, j] * log(a[j]), (j, 1, n)), (v, 1, N))),
                    given=[Eq(mean_cost, -(1 / N) * rows_of_mean)],
                ),
                title="Outputs without their example",
                correction=Chain(
                    mean_cost,
                    ("=", -(1 / N) * rows_of_mean),
                    (
                        "=",
                        (1 / N)
                        * Sum(-Sum(targets[v, j] * log(outputs[v, j]), (j, 1, n)), (v, 1, N)),
                    ),
                    given=[Eq(mean_cost, -(1 / N) * rows_of_mean)],
                ),
                cause="shorthand",
            ),
            Printed(
                "lemma-4-third-printing",
                "S1-26, S1-31",
                "Last page, Lemma 4, third printing: the title and all sixteen equalities",
                lemma_4_as_meant,
                title="Lemma 4, third printing: where the sum of the targets is used",
                needs=[targets_sum_to_1],
                cause="unsaid",
            ),
        ],
    )
