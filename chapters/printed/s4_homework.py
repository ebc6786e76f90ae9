"""What the homework (problems 18 and 19) prints, in its own letters."""

import sympy
from sympy import (
    Derivative,
    Eq,
    Function,
    Ge,
    Gt,
    IndexedBase,
    KroneckerDelta,
    Le,
    Lt,
    Mul,
    Ne,
    Pow,
    Rational,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
    symbols,
)

from gradproof.errata import Chain, Printed, Source, Values

z = Symbol("z", real=True)
sigma = Function("sigma", real=True)
K = Symbol("K", integer=True, positive=True)
i, j, k, l, L = symbols("i j k l L", integer=True)
c = Symbol("y^{(i)}", integer=True)  # the right class of the example
indicator = Function("I", real=True)  # 1 if what stands in the brackets is true
s = IndexedBase("s", shape=(K,), real=True)
f = IndexedBase("f", shape=(K,), real=True)
g = IndexedBase("g", shape=(K,), real=True)
p = IndexedBase("p", shape=(K,), real=True)
f_1, f_2 = symbols("f_1 f_2", positive=True)  # the outputs for two classes

CLASSES = range(1, 4)


def three(name):
    """Return three numbers, by their class, to differentiate by."""
    return dict(zip(CLASSES, symbols(f"{name}1:4", positive=True), strict=True))


def product_rule_gap(top):
    """Return the left side of the product rule less the right side, class `top` of three.

    All sums end at `top`, as printed.
    """
    score = three("s")
    below = sum(exp(score[at]) for at in range(1, top + 1))
    part = exp(score[top])
    left = part.diff(score[top]) / below + (1 / below).diff(score[top]) * part
    return sympy.cancel(left - (part / below - (part / below) ** 2))


def loss_slope_gaps(top):
    """Return both steps of part 2 for class `top` of three, for each right class.

    Each is a left side less its right side; the sum ends at `top`, as printed, while the loss
    itself is that of all three classes.
    """
    output = three("g")
    gaps = []
    for right in CLASSES:
        loss = -log(output[right])
        terms = (log(output[at]).diff(output[top]) for at in range(1, top + 1) if at == right)
        middle = -sum(terms)
        gaps += [loss.diff(output[top]) - middle, middle + int(right == top) / output[top]]
    return gaps


def loss_of_example(example, own_letter):
    """Return the loss of an example whose exponentials are 2, 3 and 5, step by step.

    The sum of the exponentials uses the box of the letter `i`, or one of its own.
    """
    exponential = dict(zip(CLASSES, map(sympy.Integer, (2, 3, 5)), strict=True))
    right_class = {1: 2, 2: 1, 3: 3}
    box = {"i": example}
    letter = "j" if own_letter else "i"
    below = 0
    for box[letter] in CLASSES:  # the loop writes its counter into the box
        below += exponential[box[letter]]
    return log(below / exponential[right_class[box["i"]]])


def equivalent(left, right):
    """Tell whether two numbers are equivalent if each is read as a statement.

    Where a program expects a statement, every number but 0 counts as true.
    """
    return bool(left) == bool(right)


VALUES = (
    (1 / (1 + exp(-z))).diff(z).subs(z, 0),
    Rational(1, 2),
)
REJECTS = r"tells $\sigma'(0) = \frac{1}{4}$ from the wrong value $\frac{1}{2}$"
R_1 = (
    "$R^{(1)}$ for $e^s = (2, 3, 5)$ and examples with right classes 2, 1, 3, which by the formula "
    r"is $-\ln \frac{3}{10}$"
)

with evaluate(False):
    sigmoid = Eq(sigma(z), 1 / (1 + exp(-z)))
    total = Sum(exp(s[i]), (i, 1, K))
    total_to_k = Sum(exp(s[i]), (i, 1, k))
    softmax = Eq(g[k], exp(s[k]) / total)
    softmax_of_f = Eq(f[k], exp(s[k]) / Sum(exp(s[l]), (l, 1, K)))
    same_p = Eq(p[k], g[k])
    a_class = [Ge(c, 1), Le(c, K)]
    loss = -Sum(KroneckerDelta(c, j) * log(f[j]), (j, 1, K))
    loss_of_g = -Sum(KroneckerDelta(c, k) * log(g[k]), (k, 1, K))
    probabilities = [Gt(f[k], 0), Eq(Sum(f[k], (k, 1, K)), 1)]
    own_share = exp(s[k]) / total
    by_classes = g[L] * Sum(KroneckerDelta(c, j), (j, 1, K)) - Sum(
        KroneckerDelta(c, j) * KroneckerDelta(j, L), (j, 1, K)
    )
    by_classes_to_k = g[L] * Sum(KroneckerDelta(c, j), (j, 1, k)) - Sum(
        KroneckerDelta(c, j) * KroneckerDelta(j, L), (j, 1, k)
    )
    printed = Source(
        "Homework, problems 18 and 19",
        [
            Printed(
                "sigmoid-claim",
                "S4-01",
                "Problem 18, the statement to prove",
                Chain(Derivative(sigma(z), z), ("=", sigma(z) * (1 - sigma(z))), given=[sigmoid]),
            ),
            Printed(
                "sigmoid-slope",
                "S4-02",
                "Problem 18, the chain",
                Chain(
                    Derivative(sigma(z), z),
                    ("=", Pow(1 + exp(-z), Mul(-1, 1)) / (1 + exp(-z)) ** 2),
                    ("=", exp(-z) / (1 + exp(-z)) ** 2),
                    ("=", sigma(z) * (exp(-z) / (1 + exp(-z)))),
                    ("=", sigma(z) * ((1 + exp(-z)) / (1 + exp(-z)) - 1 / (1 + exp(-z)))),
                    ("=", sigma(z) * (1 - sigma(z))),
                    given=[sigmoid],
                ),
                title="A prime and a minus sign that became an exponent",
                correction=Chain(
                    Derivative(sigma(z), z),
                    ("=", -Derivative(1 + exp(-z), z) / (1 + exp(-z)) ** 2),
                    ("=", exp(-z) / (1 + exp(-z)) ** 2),
                    ("=", sigma(z) * (exp(-z) / (1 + exp(-z)))),
                    ("=", sigma(z) * ((1 + exp(-z)) / (1 + exp(-z)) - 1 / (1 + exp(-z)))),
                    ("=", sigma(z) * (1 - sigma(z))),
                    given=[sigmoid],
                ),
                cause="scan",
            ),
            Printed(
                "equivalence-sign",
                "S4-02",
                "Problem 18, the sign $\\Leftrightarrow$ at the end of the chain",
                Values((f"$\\Leftrightarrow$ {REJECTS}", lambda: not equivalent(*VALUES), True)),
                title="An arrow between two numbers",
                correction=Values((f"$=$ {REJECTS}", lambda: VALUES[0] != VALUES[1], True)),
                cause="scan",
            ),
            Printed(
                "softmax-of-the-last-class",
                "S4-03",
                "Problem 19, the function softmax",
                Chain(f[K], ("=", exp(s[K]) / Sum(exp(s[L]), (L, 1, K))), given=[softmax_of_f]),
            ),
            Printed(
                "loss-of-the-last-class",
                "S4-03, S4-04, S4-07",
                "Problem 19, the loss $R^{(i)}$, put into statement 3",
                Chain(
                    Derivative(-Sum(KroneckerDelta(c, k) * log(f[K]), (k, 1, K)), s[L]),
                    ("=", f[L] - KroneckerDelta(L, c)),
                    given=[softmax_of_f, *a_class],
                ),
                title="A capital letter that names the last class",
                correction=Chain(
                    Derivative(-Sum(KroneckerDelta(c, k) * log(f[k]), (k, 1, K)), s[L]),
                    ("=", f[L] - KroneckerDelta(L, c)),
                    given=[softmax_of_f, *a_class],
                ),
                cause="scan",
            ),
            Printed(
                "slope-of-the-last-class",
                "S4-05",
                "Problem 19, statement 1",
                Chain(
                    Derivative(f[K], s[L]),
                    ("=", f[K] * (KroneckerDelta(k, L) - f[L])),
                    given=[softmax_of_f, Ge(k, 1), Le(k, K)],
                ),
                title="The capital letter and the small one in one formula",
                correction=Chain(
                    Derivative(f[k], s[L]),
                    ("=", f[k] * (KroneckerDelta(k, L) - f[L])),
                    given=[softmax_of_f],
                ),
                cause="scan",
            ),
            Printed(
                "indicator-without-condition",
                "S4-06",
                "Problem 19, statement 2",
                Chain(
                    Derivative(loss, f[K]),
                    ("=", -indicator(c) / f[K]),
                    given=[Eq(indicator(k), 1), *a_class, *probabilities],
                ),
                title="An indicator without its condition",
                correction=Chain(Derivative(loss, f[k]), ("=", -KroneckerDelta(c, k) / f[k])),
                cause="slip or scan",
            ),
            Printed(
                "free-outputs",
                "S4-06",
                "Problem 19, statement 2 for two classes, where $f_2 = 1 - f_1$",
                Chain(
                    Derivative(
                        -(KroneckerDelta(c, 1) * log(f_1)) - KroneckerDelta(c, 2) * log(1 - f_1),
                        f_1,
                    ),
                    ("=", -KroneckerDelta(c, 1) / f_1),
                    given=[Ge(c, 1), Le(c, 2), Lt(f_1, 1)],
                ),
                title="The outputs count as free",
                correction=Chain(
                    Derivative(
                        -(KroneckerDelta(c, 1) * log(f_1)) - KroneckerDelta(c, 2) * log(f_2),
                        f_1,
                    ),
                    ("=", -KroneckerDelta(c, 1) / f_1),
                    given=[Ge(c, 1), Le(c, 2)],
                ),
                cause="unsaid",
            ),
            Printed(
                "right-class-among-the-classes",
                "S4-07",
                "Problem 19, statement 3",
                Chain(
                    Derivative(loss, s[L]),
                    ("=", f[L] - KroneckerDelta(L, c)),
                    given=[softmax_of_f],
                ),
                title="The right class is one of the classes",
                needs=a_class,
                cause="unsaid",
            ),
            Printed(
                "three-letters-for-softmax",
                "S4-05, S4-08",
                "Problem 19, statement 1 for $L = k$, and the end of its proof",
                Chain(f[k] * (1 - f[k]), ("=", g[k] * (1 - p[k])), given=[softmax_of_f]),
                title="Three letters for one function",
                needs=[Eq(g[k], f[k]), Eq(p[k], f[k])],
                cause="convention",
            ),
            Printed(
                "product-rule",
                "S4-08",
                "Problem 19, part 1, $L = k$: the two lines of the product rule, three classes",
                Values(
                    *(
                        (
                            f"$k = {top}$, all sums up to {top}: left side less right side",
                            lambda top=top: product_rule_gap(top),
                            0,
                        )
                        for top in CLASSES
                    )
                ),
            ),
            Printed(
                "own-slope",
                "S4-08",
                "Problem 19, part 1, $L = k$, from the slope to the second line and to the end",
                Chain(
                    Derivative(g[k], s[k]),
                    ("=", exp(s[k]) / total_to_k - (exp(s[k]) / total_to_k) ** 2),
                    ("=", g[k] - g[k] ** 2),
                    ("=", g[k] * (1 - p[k])),
                    given=[softmax, same_p],
                ),
                title="Sums that end at the class in question",
                correction=Chain(
                    Derivative(g[k], s[k]),
                    (
                        "=",
                        Derivative(exp(s[k]), s[k]) * (1 / total)
                        + Derivative(1 / total, s[k]) * exp(s[k]),
                    ),
                    ("=", own_share - own_share**2),
                    ("=", g[k] - g[k] ** 2),
                    ("=", g[k] * (1 - p[k])),
                    given=[softmax, same_p],
                ),
                cause="slip or scan",
            ),
            Printed(
                "cross-slope",
                "S4-09",
                "Problem 19, part 1, $L \\ne k$",
                Chain(
                    Derivative(g[k], s[L]),
                    ("=", Derivative(1 / total_to_k, s[L]) * exp(s[k])),
                    ("=", -(exp(s[k]) / total_to_k * (exp(s[L]) / total_to_k))),
                    ("=", -(p[k] * p[L])),
                    given=[softmax, same_p, Ne(k, L)],
                ),
                title="The same sums, and now the result depends on the order of the classes",
                correction=Chain(
                    Derivative(g[k], s[L]),
                    ("=", Derivative(1 / total, s[L]) * exp(s[k])),
                    ("=", -(own_share * (exp(s[L]) / total))),
                    ("=", -(p[k] * p[L])),
                    given=[softmax, same_p, Ne(k, L)],
                ),
                cause="slip or scan",
            ),
            Printed(
                "letter-i-twice",
                "S4-04, S4-08",
                "Problem 19, $i$ in $R^{(i)}$ and $y^{(i)}$, and $i$ under the sums of part 1",
                Values(
                    (
                        f"{R_1} (no number is printed); one box for both meanings of $i$",
                        lambda: loss_of_example(1, own_letter=False),
                        log(Rational(10, 3)),
                    )
                ),
                title="One letter for the example and for the classes",
                correction=Values(
                    (
                        f"{R_1}, a letter of its own under the sum",
                        lambda: loss_of_example(1, own_letter=True),
                        log(Rational(10, 3)),
                    )
                ),
                cause="convention",
            ),
            Printed(
                "loss-by-output",
                "S4-10",
                "Problem 19, part 2, three classes: both steps, for each right class",
                Values(
                    *(
                        (
                            f"$k = {top}$, the sum up to {top}: left sides less right sides",
                            lambda top=top: loss_slope_gaps(top),
                            [0] * 6,
                        )
                        for top in CLASSES
                    )
                ),
            ),
            Printed(
                "score-slope-terms",
                "S4-11",
                "Problem 19, part 3, the terms under the sums, one by one",
                Chain(
                    Derivative(loss_of_g, g[j]) * Derivative(g[j], s[L]),
                    ("=", (-KroneckerDelta(c, j) / g[j]) * g[j] * (KroneckerDelta(j, L) - p[L])),
                    ("=", KroneckerDelta(c, j) * (g[L] - KroneckerDelta(j, L))),
                    (
                        "=",
                        g[L] * KroneckerDelta(c, j) - KroneckerDelta(c, j) * KroneckerDelta(j, L),
                    ),
                    given=[softmax, same_p],
                ),
            ),
            Printed(
                "score-slope",
                "S4-11",
                "Problem 19, part 3, from the slope to the fourth sum and to the end",
                Chain(
                    Derivative(loss_of_g, s[L]),
                    ("=", by_classes_to_k),
                    ("=", g[L] - KroneckerDelta(c, L)),
                    given=[softmax, *a_class, Ge(k, 1), Le(k, K)],
                ),
                title="A sum over the first $k$ classes only",
                correction=Chain(
                    Derivative(loss_of_g, s[L]),
                    ("=", Sum(Derivative(loss_of_g, g[j]) * Derivative(g[j], s[L]), (j, 1, K))),
                    (
                        "=",
                        Sum(
                            (-KroneckerDelta(c, j) / g[j]) * g[j] * (KroneckerDelta(j, L) - p[L]),
                            (j, 1, K),
                        ),
                    ),
                    ("=", Sum(KroneckerDelta(c, j) * (g[L] - KroneckerDelta(j, L)), (j, 1, K))),
                    ("=", by_classes),
                    ("=", g[L] - KroneckerDelta(c, L)),
                    given=[softmax, same_p, *a_class],
                ),
                cause="slip or scan",
            ),
        ],
    )
