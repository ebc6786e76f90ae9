"""The book's symbols: one name per quantity, with its shape.

Every chapter imports its symbols from here, so a letter means the same thing on
every page. Indices are 1-based, as in mathematics. A free index lies in the range
of the axes it indexes: in ``z[j]`` with ``z`` of shape ``(n,)``, j runs over 1..n.

    >>> from gradproof.notation import j, n, softmax_of, z
    >>> softmax_of(z, j)
    exp(z[j])/Sum(exp(z[l]), (l, 1, n))
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import (
    Eq,
    Expr,
    Function,
    IndexedBase,
    KroneckerDelta,
    Rational,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
    symbols,
)

# Sizes
n, m, N, H = symbols("n m N H", integer=True, positive=True)

# Indices
i, j, k, l, q = symbols("i j k l q", integer=True)
r = Symbol("r", integer=True)
c = Symbol("c", integer=True)

# Scalars
x, t = symbols("x t", real=True)
T = Symbol("T", positive=True)
d = Symbol("d", real=True)
M = Symbol("M", real=True)
h = Symbol("h", real=True)
C = Symbol("C", real=True)
Q = Symbol("Q", real=True)
L = Symbol("L", real=True)
eta = Symbol("eta", positive=True)
lam = Symbol("lambda", real=True)

# Functions of one number
sigma = Function("sigma", real=True)
softplus = Function("softplus", real=True)

# Vectors over the n classes
z = IndexedBase("z", shape=(n,), real=True)
a = IndexedBase("a", shape=(n,), real=True)
p = IndexedBase("p", shape=(n,), real=True)
y = IndexedBase("y", shape=(n,), real=True)
u = IndexedBase("u", shape=(n,), real=True)
v = IndexedBase("v", shape=(n,), real=True)
b = IndexedBase("b", shape=(n,), real=True)

# The layer: z = W x + b, with m inputs. In formulas the input vector is written
# with an index, so it shares its letter with the scalar x and never meets it.
W = IndexedBase("w", shape=(n, m), real=True)
inputs = IndexedBase("x", shape=(m,), real=True)

# A hidden layer before it: s = V x, g is a function of s, entry by entry, and z = U g + b.
V = IndexedBase("V", shape=(H, m), real=True)
U = IndexedBase("U", shape=(n, H), real=True)
s = IndexedBase("s", shape=(H,), real=True)
g = IndexedBase("g", shape=(H,), real=True)

# A batch: one row for each of the N examples.
X = IndexedBase("X", shape=(N, m), real=True)
Z = IndexedBase("Z", shape=(N, n), real=True)
A = IndexedBase("A", shape=(N, n), real=True)
Y = IndexedBase("Y", shape=(N, n), real=True)
G = IndexedBase("G", shape=(N, n), real=True)


def softmax_of(logits: IndexedBase, index: Expr, dummy: Symbol = l) -> Expr:
    """Return softmax of ``logits`` at ``index``, written out as a fraction.

    Parameters
    ----------
    logits : IndexedBase of shape (n,)
        The logits; the size of its one axis is the number of classes.
    index : Expr
        The class whose probability is meant.
    dummy : Symbol
        The summation index of the denominator.

    Returns
    -------
    Expr
        exp(z_j) / sum over l of exp(z_l).

    Raises
    ------
    ValueError
        If ``logits`` does not have exactly one axis, or ``index`` contains ``dummy``
        (the sum would capture it).

    References
    ----------
    Claims S0-02 and S1-05; chapter 2.
    """
    if logits.shape is None or len(logits.shape) != 1:
        raise ValueError(f"logits: expected an IndexedBase with one axis, got shape {logits.shape}")
    if dummy in getattr(index, "free_symbols", ()):
        raise ValueError(f"index: {index} contains the summation index {dummy}; pass another dummy")
    (size,) = logits.shape
    with evaluate(True):
        total = Sum(exp(logits[dummy]), (dummy, 1, size))
    with evaluate(False):  # so that it prints as this fraction
        return exp(logits[index]) / total


with evaluate(False):
    #: The hypothesis "sigma is the logistic function".
    logistic_definition = Eq(sigma(x), 1 / (1 + exp(-x)))

    #: The hypothesis "softplus is the smooth ramp".
    softplus_definition = Eq(softplus(x), log(1 + exp(x)))

    #: The hypothesis "a is the softmax of z", for every class j.
    softmax_definition = Eq(a[j], softmax_of(z, j))

    #: The hypothesis "p is the softmax of z at the temperature T".
    temperature_definition = Eq(p[j], exp(z[j] / T) / Sum(exp(z[l] / T), (l, 1, n)))

    #: The hypothesis "the logits come from an affine layer", z = W x + b.
    layer_definition = Eq(z[j], Sum(W[j, l] * inputs[l], (l, 1, m)) + b[j])

    #: The hypothesis "C is the cross-entropy of a and the targets y".
    cross_entropy_definition = Eq(C, -Sum(y[l] * log(a[l]), (l, 1, n)))

    #: The hypothesis "Q is the quadratic cost of a and the targets y".
    quadratic_cost_definition = Eq(Q, Rational(1, 2) * Sum((a[l] - y[l]) ** 2, (l, 1, n)))

    #: The layer, softmax and the mean cross-entropy for a batch, row by row.
    batch_layer_definition = Eq(Z[r, j], Sum(W[j, l] * X[r, l], (l, 1, m)) + b[j])
    batch_softmax_definition = Eq(A[r, j], exp(Z[r, j]) / Sum(exp(Z[r, l]), (l, 1, n)))
    mean_cross_entropy_definition = Eq(
        L, -(1 / N) * Sum(Sum(Y[r, l] * log(A[r, l]), (l, 1, n)), (r, 1, N))
    )

#: The hypothesis "the targets sum to one", for one example and for each row of a batch.
targets_sum_to_one = Eq(Sum(y[l], (l, 1, n)), 1, evaluate=False)
batch_targets_sum_to_one = Eq(Sum(Y[r, l], (l, 1, n)), 1, evaluate=False)

#: What a chapter may display without a proof: everything else it displays was checked.
DEFINITIONS = (
    logistic_definition,
    softplus_definition,
    softmax_definition,
    temperature_definition,
    layer_definition,
    cross_entropy_definition,
    quadratic_cost_definition,
    batch_layer_definition,
    batch_softmax_definition,
    mean_cross_entropy_definition,
    targets_sum_to_one,
    batch_targets_sum_to_one,
)


@dataclass(frozen=True)
class Entry:
    """One row of the notation table: symbols, their names in code, meaning and shape."""

    symbols: tuple
    code: str
    meaning: str
    shape: str


ENTRIES = (
    Entry((n,), "n", "number of classes: the outputs of the layer", ""),
    Entry((m,), "m", "number of inputs of the layer", ""),
    Entry((N,), "N", "examples in a batch", ""),
    Entry((H,), "H", "units of the hidden layer", ""),
    Entry((i, j, k, l, q), "i, j, k, l, q", "indices, from 1", ""),
    Entry((r,), "r", "index of an example: the row of a batch", ""),
    Entry((c,), "c", "the right class of an example, an index", ""),
    Entry((x, t), "x, t", "any real number", "()"),
    Entry((sigma(x),), "sigma(x)", "the logistic function", "()"),
    Entry(
        (softplus(x),), "softplus(x)", "the smooth ramp, whose slope is the logistic function", "()"
    ),
    Entry((z,), "z", "logits: the scores before softmax", "(..., n)"),
    Entry((a,), "a", "softmax output: probabilities", "(..., n)"),
    Entry((p,), "p", "softmax output at a temperature", "(..., n)"),
    Entry((y,), "y", "targets, non-negative, with sum 1", "(..., n)"),
    Entry((d,), "d", "a shift, added to every logit", "()"),
    Entry((M,), "M", "a number that no logit exceeds", "()"),
    Entry((T,), "T", "temperature, positive", "()"),
    Entry((inputs,), "inputs", "inputs of the layer", "(..., m)"),
    Entry((W,), "W", "weights of the layer; row = output, column = input", "(n, m)"),
    Entry((b,), "b", "bias of the layer", "(n,)"),
    Entry((u,), "u", "upstream vector: one number for each output", "(..., n)"),
    Entry((v,), "v", "direction: one number for each input", "(..., n)"),
    Entry((C,), "C", "cross-entropy of one example", "()"),
    Entry((Q,), "Q", "quadratic cost of one example", "()"),
    Entry((L,), "L", "mean cross-entropy of a batch", "()"),
    Entry((X,), "X", "inputs of a batch; row = example", "(N, m)"),
    Entry((Z,), "Z", "logits of a batch", "(N, n)"),
    Entry((A,), "A", "softmax outputs of a batch", "(N, n)"),
    Entry((Y,), "Y", "targets of a batch; every row has sum 1", "(N, n)"),
    Entry((G,), "G", "upstream gradient of a batch: one number for each output", "(N, n)"),
    Entry((V,), "V", "weights of the hidden layer; row = hidden unit", "(H, m)"),
    Entry((s,), "s", "hidden units before their activation function", "(..., H)"),
    Entry((g,), "g", "hidden units after it", "(..., H)"),
    Entry((U,), "U", "weights from the hidden layer to the outputs", "(n, H)"),
    Entry((lam,), "lam", "strength of regularisation", "()"),
    Entry((eta,), "eta", "learning rate, positive", "()"),
    Entry((h,), "h", "a small step", "()"),
    Entry(
        (KroneckerDelta(i, j),),
        "KroneckerDelta(i, j)",
        "Kronecker delta: 1 if the two indices are equal, else 0",
        "()",
    ),
)
