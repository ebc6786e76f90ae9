"""What the exercise on multinomial logistic regression and SGD prints, in its own letters.

The source multiplies lists: W_i x_t is row i of the weights times example t. Here such a
product prints as it does there, and is defined by its sum over the d inputs; a gradient by
the row W_j is written input by input, as a derivative by W_{jl}.

Not here: the words that are unreadable in our copy, and the name of a program, `ex2.py`, that
is not in it. The number of classes is written K; in part 2 the copy has n, which is an item
of its own.
"""

import sympy
from sympy import (
    Derivative,
    Eq,
    Ge,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    Le,
    Ne,
    Rational,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
    symbols,
)

from gradproof.errata import Chain, Printed, Source, Values

#: How the source writes an entry of each of these, with its indices in the braces.
FORMS = {
    "Wx": r"W_{{{}}} x_{{{}}}",
    "wx": r"w_{{{}}} x_{{{}}}",
    "dot": r"W_{{{}}} \cdot x",
    "P": r"P\left({} \mid x_{{{}}}\right)",
    "model": r"\operatorname{{softmax}}\left(W \cdot x + b\right)_{{{}}}",
    "softmax": r"\operatorname{{softmax}}\left(W x_t + b\right)_{{{}}}",
    "SoftMax": r"\operatorname{{SoftMax}}\left(w x_t + b\right)_{{{}}}",
}


class Entry(Indexed):
    """An entry that prints in one of the source's own forms."""

    def _latex(self, printer) -> str:
        """Put the indices where the source writes them."""
        form = FORMS[str(self.base.label)]
        return form.format(*map(printer._print, self.indices[: form.count("{}")]))


class Written(IndexedBase):
    """An array whose entries print in one of the source's own forms; it has to be defined."""

    def __getitem__(self, indices, **kwargs) -> Entry:
        """Return the entry at the indices."""
        return Entry(self, *(indices if isinstance(indices, tuple | list) else (indices,)))


K, N, d = symbols("K N d", integer=True, positive=True)
i, j, k, l, t = symbols("i j k l t", integer=True)
n = Symbol("n", integer=True)  # another number of classes
y = Symbol("y", integer=True)  # a class
right = Symbol("y_t", integer=True)  # the right class of example t
W = IndexedBase("W", shape=(K, d), real=True)
w = IndexedBase("w", shape=(K, d), real=True)
b = IndexedBase("b", shape=(K,), real=True)
x = IndexedBase("x", shape=(N, d), real=True)
one = IndexedBase("x", shape=(d,), real=True)  # a single example
dot = Written("dot", shape=(K,), real=True)
Wx = Written("Wx", shape=(K, N), real=True)
wx = Written("wx", shape=(K, N), real=True)
model = Written("model", shape=(K,), real=True)
softmax = Written("softmax", shape=(K, N), real=True)
SoftMax = Written("SoftMax", shape=(K, N), real=True)
P = Written("P", shape=(K, N), real=True)
right_product = IndexedBase("Wx^y", shape=(N,), real=True)  # whichever class is right for x_t
right_bias = IndexedBase("b^y", shape=(N,), real=True)


def total(product, index=j, size=K):
    """Return the sum of the exponentials of all scores of example t."""
    return Sum(exp(product[index, t] + b[index]), (index, 1, size))


def share(product, index):
    """Return the fraction of one class in the sum of the exponentials."""
    return exp(product[index, t] + b[index]) / total(product)


def cost(product, bias=i):
    """Return the last line of the cost of example t, whose right class is i."""
    return -(product[i, t] + b[bias]) + log(total(product))


def step(implicit):
    """Return the weight after one step on W^2 / 2 from W = 1 with learning rate 1/2.

    The slope is taken at the new weight, which then is the solution of an equation, or at
    the old one.
    """
    old, rate, weight = sympy.Integer(1), Rational(1, 2), Symbol("W")
    slope = (weight**2 / 2).diff(weight)
    if not implicit:
        return old - rate * slope.subs(weight, old)
    (new,) = sympy.solve(sympy.Eq(weight, old - rate * slope), weight)
    return new


TWO_EXAMPLES = {1: "x_1", 2: "x_2"}
THIRD_STEP = "the example of the third step, if there are two and SGD goes through them in turn"
STEP = r"the next weight by the rule: loss $\frac{1}{2} W^2$, old weight 1, $\eta = \frac{1}{2}$"

with evaluate(False):
    single = Eq(dot[i], Sum(W[i, l] * one[l], (l, 1, d)))
    scores = Eq(Wx[i, t], Sum(W[i, l] * x[t, l], (l, 1, d)))
    small_scores = Eq(wx[i, t], Sum(w[i, l] * x[t, l], (l, 1, d)))
    class_model = Eq(model[i], exp(dot[i] + b[i]) / Sum(exp(dot[j] + b[j]), (j, 1, K)))
    example_model = Eq(softmax[i, t], share(Wx, i))
    small_model = Eq(SoftMax[i, t], share(wx, i))
    probability = Eq(P[i, t], softmax[i, t])
    loss = -Sum(log(share(Wx, right)), (t, 1, N))
    last_line = Sum(log(total(Wx)) - Wx[right, t] - b[right], (t, 1, N))
    general = exp(right_product[t] + right_bias[t]) / total(Wx)
    weight_term = exp(Wx[j, t] + b[j]) * x[t, l] / total(Wx)
    printed = Source(
        "Exercise: multinomial logistic regression and SGD",
        [
            Printed(
                "class-compared-with-itself",
                "S3-01",
                "Part 1, the left side $P(y = y \\mid X = x)$",
                Chain(
                    Sum(model[k], (k, 1, K)),
                    ("=", model[y]),
                    given=[class_model, single],
                ),
                title="A class that is compared with itself",
                correction=Chain(
                    Sum(KroneckerDelta(k, y) * model[k], (k, 1, K)),
                    ("=", model[y]),
                    given=[class_model, single],
                ),
                cause="scan",
            ),
            Printed(
                "class-left-and-right",
                "S3-01, S3-02",
                "Part 1, the formula of the model",
                Chain(
                    model[y],
                    ("=", exp(dot[i] + b[i]) / Sum(exp(dot[j] + b[j]), (j, 1, K))),
                    given=[class_model, single],
                ),
                title="One class on the left, another one on the right",
                correction=Chain(
                    model[y],
                    ("=", exp(dot[y] + b[y]) / Sum(exp(dot[j] + b[j]), (j, 1, K))),
                    given=[class_model, single],
                ),
                cause="slip or scan",
            ),
            Printed(
                "probability-of-a-class",
                "S3-01, S3-02",
                'Part 1, "the probability of class i given x": over all classes they sum to 1',
                Chain(
                    Sum(exp(dot[i] + b[i]) / Sum(exp(dot[j] + b[j]), (j, 1, K)), (i, 1, K)),
                    ("=", 1),
                    given=[single],
                ),
            ),
            Printed(
                "loss-first-lines",
                "S3-03, S3-04",
                "Part 2, the first four lines of the loss",
                Chain(
                    Sum(-log(P[right, t]), (t, 1, N)),
                    ("=", -Sum(log(P[right, t]), (t, 1, N))),
                    ("=", -Sum(log(softmax[right, t]), (t, 1, N))),
                    ("=", loss),
                    given=[probability, example_model, scores],
                ),
            ),
            Printed(
                "loss-lost-bracket",
                "S3-05, S3-06",
                "Part 2, from the fourth line of the loss to the fifth and the sixth",
                Chain(
                    loss,
                    ("=", -Sum(Wx[right, t] - b[right] - log(total(Wx)), (t, 1, N))),
                    ("=", last_line),
                    given=[scores],
                ),
                title="A lost bracket, and a sign with it",
                correction=Chain(
                    loss,
                    ("=", -Sum(Wx[right, t] + b[right] - log(total(Wx)), (t, 1, N))),
                    ("=", last_line),
                    given=[scores],
                ),
                cause="slip or scan",
            ),
            Printed(
                "loss-last-line",
                "S3-04, S3-06",
                "Part 2, the fourth line and the last; each example may have its own right class",
                Chain(
                    -Sum(log(general), (t, 1, N)),
                    ("=", Sum(log(total(Wx)) - right_product[t] - right_bias[t], (t, 1, N))),
                    given=[scores],
                ),
            ),
            Printed(
                "sgd-slope-at-new-weights",
                "S3-07",
                "Part 3, the rule of SGD",
                Values(
                    (
                        f"{STEP} (the source prints no number; $\\frac12$ is what SGD gives)",
                        lambda: step(implicit=True),
                        Rational(1, 2),
                    )
                ),
                title="The slope at weights that are not known yet",
                correction=Values(
                    (f"{STEP}, slope at $W^{{t-1}}$", lambda: step(implicit=False), Rational(1, 2))
                ),
                cause="shorthand",
            ),
            Printed(
                "sgd-letter-t",
                "S3-03, S3-07",
                "Parts 2 and 3: $t$ in $x_t$ and $t$ in $W^t$",
                Values(
                    (
                        f"{THIRD_STEP}, read as $x_t$ with $t = 3$ (the source prints the "
                        "letters only; $x_1$ is the example whose turn it is)",
                        lambda: TWO_EXAMPLES[3],
                        "x_1",
                    )
                ),
                title="One letter numbers the examples and the steps",
                correction=Values(
                    (
                        f"{THIRD_STEP}, with letters of their own: example $1 + (3 - 1) \\bmod 2$",
                        lambda: TWO_EXAMPLES[1 + (3 - 1) % 2],
                        "x_1",
                    )
                ),
                cause="convention",
            ),
            Printed(
                "loss-and-cost",
                "S3-03, S3-08",
                "Part 2, the loss, and part 3, where it is called the cost",
                Chain(loss, ("=", -log(share(Wx, right))), given=[scores]),
                title="The loss of all examples, the cost of one",
                correction=Chain(
                    loss, ("=", Sum(-log(share(Wx, right)), (t, 1, N))), given=[scores]
                ),
                cause="convention",
            ),
            Printed(
                "cost-minus-two",
                "S3-08",
                "Part 3, the three lines of the cost",
                Chain(
                    -2 * log(share(Wx, i)),
                    ("=", -log(exp(Wx[i, t] + b[i])) + log(total(Wx))),
                    ("=", cost(Wx)),
                    given=[scores],
                ),
                title="A factor 2 that is gone in the next line",
                correction=Chain(
                    -log(share(Wx, i)),
                    ("=", -log(exp(Wx[i, t] + b[i])) + log(total(Wx))),
                    ("=", cost(Wx)),
                    given=[scores],
                ),
                cause="scan",
            ),
            Printed(
                "classes-n-and-k",
                "S3-06, S3-08",
                "Part 2, one term of the last line, and part 3, the last line of the cost",
                Chain(
                    log(total(Wx, size=n)) - Wx[i, t] - b[i],
                    ("=", cost(Wx)),
                    given=[scores, Ge(n, 1), Le(n, K)],
                ),
                title="There are $n$ classes, then $K$",
                correction=Chain(log(total(Wx)) - Wx[i, t] - b[i], ("=", cost(Wx)), given=[scores]),
                cause="convention",
            ),
            Printed(
                "bias-of-another-class",
                "S3-08, S3-09",
                "Part 3, the expression of task (1), taken over from the cost above it",
                Chain(
                    -log(exp(Wx[i, t] + b[i])) + log(total(Wx)),
                    ("=", cost(Wx, bias=j)),
                    given=[scores],
                ),
                title="The bias of another class",
                correction=Chain(
                    -log(exp(Wx[i, t] + b[i])) + log(total(Wx)),
                    ("=", cost(Wx)),
                    given=[scores],
                ),
                cause="slip or scan",
            ),
            Printed(
                "bias-of-another-class-by-weight",
                "S3-09",
                "Part 3, task (1): the derivative does not see the bias",
                Chain(
                    Derivative(cost(Wx, bias=j), W[j, l]),
                    ("=", Derivative(cost(Wx), W[j, l])),
                    given=[scores],
                ),
            ),
            Printed(
                "letter-j-twice",
                "S3-09, S3-10",
                "Part 3, task (1): $j$ under the sum and in $\\frac{\\partial}{\\partial W_j}$, "
                "in the step between the task and its answer, which the source leaves out",
                Chain(
                    Sum(Derivative(exp(Wx[j, t] + b[j]), W[j, l]), (j, 1, K)) / total(Wx),
                    ("=", weight_term),
                    given=[scores],
                ),
                title="One letter for the sum and for the derivative",
                correction=Chain(
                    Sum(Derivative(exp(Wx[k, t] + b[k]), W[j, l]), (k, 1, K)) / total(Wx, k),
                    ("=", exp(Wx[j, t] + b[j]) * x[t, l] / total(Wx, k)),
                    given=[scores],
                ),
                cause="shorthand",
            ),
            Printed(
                "weight-slope-own-class",
                "S3-10",
                "Part 3, task (1), the case $j = i$",
                Chain(
                    Derivative(-(Wx[j, t] + b[j]) + log(total(Wx)), W[j, l]),
                    ("=", -x[t, l] + weight_term),
                    given=[scores],
                ),
            ),
            Printed(
                "weight-slope-other-class",
                "S3-10",
                "Part 3, task (1), the case $j \\ne i$",
                Chain(
                    Derivative(cost(Wx, bias=j), W[j, l]),
                    ("=", weight_term),
                    given=[scores, Ne(i, j)],
                ),
            ),
            Printed(
                "bias-slope-own-class",
                "S3-11",
                "Part 3, task (2), the case $i = j$",
                Chain(
                    Derivative(-(Wx[j, t] + b[j]) + log(total(Wx)), b[j]),
                    ("=", -1 + share(Wx, j)),
                    given=[scores],
                ),
            ),
            Printed(
                "bias-slope-other-class",
                "S3-11",
                "Part 3, task (2), the case $i \\ne j$",
                Chain(
                    Derivative(cost(Wx), b[j]),
                    ("=", -1 + share(Wx, j)),
                    given=[scores, Ne(i, j)],
                ),
                title="A $-1$ that stands before both cases",
                correction=Chain(
                    Derivative(cost(Wx), b[j]),
                    ("=", share(Wx, j)),
                    given=[scores, Ne(i, j)],
                ),
                cause="scan",
            ),
            Printed(
                "bias-slope-of-the-line-above",
                "S3-09, S3-11",
                "Part 3, the answer to task (2), for the expression as it stands in task (1)",
                Chain(
                    Derivative(cost(Wx, bias=j), b[j]),
                    ("=", -1 + share(Wx, j)),
                    given=[scores, Ne(i, j)],
                ),
                title="The answer to task (2), with the bias of task (1)",
            ),
            Printed(
                "slope-named-like-the-weight",
                "S3-12",
                "Part 3, the summary, the left sides $w_j =$ and $b_j =$",
                Chain(
                    w[j, l],
                    ("=", -x[t, l] + SoftMax[j, t] * x[t, l]),
                    given=[small_model, small_scores],
                ),
                title="A slope with the name of its weight",
                correction=Chain(
                    Derivative(-(wx[j, t] + b[j]) + log(total(wx)), w[j, l]),
                    ("=", -x[t, l] + SoftMax[j, t] * x[t, l]),
                    given=[small_model, small_scores],
                ),
                cause="shorthand",
            ),
            Printed(
                "summary-own-weight",
                "S3-12",
                "Part 3, the summary, the first line for $w_j$",
                Chain(
                    Derivative(-(wx[j, t] + b[j]) + log(total(wx)), w[j, l]),
                    ("=", -x[t, l] + share(wx, j)),
                    ("=", -x[t, l] + SoftMax[j, t] * x[t, l]),
                    given=[small_model, small_scores],
                ),
                title="A lost factor $x_t$",
                correction=Chain(
                    Derivative(-(wx[j, t] + b[j]) + log(total(wx)), w[j, l]),
                    ("=", -x[t, l] + share(wx, j) * x[t, l]),
                    ("=", -x[t, l] + SoftMax[j, t] * x[t, l]),
                    given=[small_model, small_scores],
                ),
                cause="slip or scan",
            ),
            Printed(
                "summary-own-bias",
                "S3-12",
                "Part 3, the summary, the first line for $b_j$",
                Chain(
                    Derivative(-(wx[j, t] + b[j]) + log(total(wx)), b[j]),
                    ("=", -1 + share(wx, j)),
                    ("=", -1 + SoftMax[j, t]),
                    given=[small_model, small_scores],
                ),
            ),
            Printed(
                "summary-other-weight",
                "S3-12",
                "Part 3, the summary, the second line for $w_j$",
                Chain(
                    Derivative(cost(wx), w[j, l]),
                    ("=", share(wx, j)),
                    ("=", SoftMax[j, t] * x[t, l]),
                    given=[small_model, small_scores, Ne(i, j)],
                ),
                title="The same factor $x_t$, lost once more",
                correction=Chain(
                    Derivative(cost(wx), w[j, l]),
                    ("=", share(wx, j) * x[t, l]),
                    ("=", SoftMax[j, t] * x[t, l]),
                    given=[small_model, small_scores, Ne(i, j)],
                ),
                cause="slip or scan",
            ),
            Printed(
                "summary-other-bias",
                "S3-12",
                "Part 3, the summary, the second line for $b_j$, and the heading above it",
                Chain(
                    Derivative(cost(wx), b[j]),
                    ("=", share(wx, j)),
                    ("=", SoftMax[j, t]),
                    given=[small_model, small_scores],
                ),
                title="Two cases under one heading",
                needs=[Ne(i, j)],
                cause="scan",
            ),
        ],
    )
