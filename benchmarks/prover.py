"""The prover against explicit matrices: the same identities, for every n and for n = 3..8.

The other way is the usual one: choose n, make n symbols, let SymPy build the Jacobian with
``Matrix(...).jacobian`` and ask whether ``simplify(difference) == 0``. It settles one size
at a time and slows down with it. Run with ``python benchmarks/prover.py``; ``--repeats`` and
``--limit`` (seconds after which larger sizes are skipped) change the effort.
"""

import argparse
import statistics
import time

from sympy import (
    Derivative,
    Eq,
    KroneckerDelta,
    Matrix,
    Sum,
    Symbol,
    diag,
    exp,
    eye,
    log,
    ones,
    simplify,
    symbols,
    zeros,
)
from sympy.core.cache import clear_cache

from gradproof.notation import (
    a,
    d,
    i,
    j,
    k,
    l,
    n,
    softmax_definition,
    softmax_of,
    targets_sum_to_one,
    y,
    z,
)
from gradproof.proving import prove

SIZES = range(3, 9)


def relation(left, right):
    return Eq(left, right, evaluate=False)


def ours():
    """Return each identity as a relation in n, with its hypotheses."""
    p_j, p_i = softmax_of(z, j), softmax_of(z, i)
    loss = -Sum(y[k] * log(a[k]), (k, 1, n))
    shifted = exp(z[j] + d) / Sum(exp(z[l] + d), (l, 1, n))
    return {
        "softmax Jacobian": (
            relation(Derivative(p_j, z[i]), p_j * (KroneckerDelta(i, j) - p_i)),
            (),
        ),
        "Lemma 4": (
            relation(Derivative(loss, z[i]), a[i] - y[i]),
            (softmax_definition, targets_sum_to_one),
        ),
        "shift rule": (relation(shifted, p_j), ()),
        "sum rule": (relation(Sum(p_j, (j, 1, n)), 1), ()),
        "log-softmax": (
            relation(Derivative(log(p_j), z[i]), KroneckerDelta(i, j) - p_i),
            (),
        ),
    }


def explicit(size):
    """Return each identity at one size as a function that gives a matrix of differences."""
    logits = Matrix(symbols(f"z1:{size + 1}", real=True))
    free = symbols(f"y1:{size}", real=True)
    targets = Matrix([*free, 1 - sum(free)])
    shift = Symbol("d", real=True)

    def softmax(vector):
        powers = vector.applyfunc(exp)
        return powers / sum(powers)

    def jacobian():
        p = softmax(logits)
        return p.jacobian(logits) - (diag(*p) - p * p.T)

    def lemma_4():
        p = softmax(logits)
        loss = -targets.dot(p.applyfunc(log))
        return Matrix([loss]).jacobian(logits) - (p - targets).T

    def shift_rule():
        return softmax(logits + shift * ones(size, 1)) - softmax(logits)

    def sum_rule():
        return Matrix([sum(softmax(logits)) - 1])

    def log_softmax():
        p = softmax(logits)
        return p.applyfunc(log).jacobian(logits) - (eye(size) - ones(size, 1) * p.T)

    return {
        "softmax Jacobian": jacobian,
        "Lemma 4": lemma_4,
        "shift rule": shift_rule,
        "sum rule": sum_rule,
        "log-softmax": log_softmax,
    }


def timed(function, repeats, limit):
    """Return the median time with SymPy's cache cleared; one run if that takes too long."""
    times = []
    while len(times) < repeats and sum(times) < limit:
        clear_cache()
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def prove_symbolically(claim, given):
    verdict = prove(claim, given)
    assert verdict, verdict


def prove_explicitly(difference):
    result = simplify(difference())
    assert result == zeros(*result.shape), result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60, help="seconds per size")
    options = parser.parse_args()
    print("seconds (median); in brackets how many times longer than our proof for every n\n")
    print(f"{'':18}{'every n':>10}" + "".join(f"{f'n = {size}':>18}" for size in SIZES))
    totals = dict.fromkeys((None, *SIZES), 0.0)
    for name, (claim, given) in ours().items():
        once = timed(lambda c=claim, g=given: prove_symbolically(c, g), options.repeats, 60)
        totals[None] += once
        print(f"{name:18}{once:10.4f}", end="", flush=True)
        for size in SIZES:
            check = explicit(size)[name]
            spent = timed(lambda c=check: prove_explicitly(c), options.repeats, options.limit)
            totals[size] += spent
            print(f"{spent:10.3f} {f'({spent / once:.0f}x)':>7}", end="", flush=True)
            if spent > options.limit:
                print(f"  over {options.limit:.0f} s: larger sizes skipped", end="")
                break
        print()
    print(f"{'all of them':18}{totals[None]:10.4f}", end="")
    for size in SIZES:
        print(f"{totals[size]:10.3f} {f'({totals[size] / totals[None]:.0f}x)':>7}", end="")
    print("\n\nOurs is one proof for every n: its time does not depend on n.")


if __name__ == "__main__":
    main()
