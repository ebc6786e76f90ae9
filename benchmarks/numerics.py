"""Measure softmax, log-softmax, log-sum-exp and the fused loss beside scipy.special.

    python benchmarks/numerics.py            # accuracy against mpmath, then speed
    python benchmarks/numerics.py --check    # the same, failing on a missed promise

Accuracy: the largest error over random and adversarial logits, in units of what is
promised: (4 + |z_j - max z|) eps relative for softmax, 4 eps max(1, |value|) for the
logarithms and the loss. Below the normal floats one subnormal step is forgiven. Beyond
n = 1000 softmax and log-sum-exp promise less: the row with a * is contrived to show it.
Speed: both libraries in turn on the same array; the ratio compares the medians.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from time import perf_counter

import mpmath
import numpy as np

from gradproof import activations, losses

DTYPES = (np.float32, np.float64)
SHAPES = ((64, 10), (1024, 1024), (1, 10**7))
FUNCTIONS = ("softmax", "log_softmax", "logsumexp")
MEASURED = (*FUNCTIONS, "loss")
BEYOND = "one and 99,999 *"
LESS_BEYOND = ("softmax", "logsumexp")  # their docstrings promise less beyond n = 1000
SLOWEST = 1.15  # the ratio --check still takes for noise


# --- accuracy ------------------------------------------------------------------------


def logit_cases(dtype: type, seed: int = 0) -> Iterator[tuple[str, np.ndarray]]:
    """Yield named rows of logits, the random ones first."""
    rng = np.random.default_rng(seed)
    largest = np.finfo(dtype).max
    lost = np.log(np.finfo(dtype).eps / 2)  # -36.7 or -16.6: 1 + exp(lost) rounds to 1

    def levels(*values_and_counts: tuple[float, int]) -> np.ndarray:
        values, counts = zip(*values_and_counts, strict=True)
        return np.repeat(np.array(values, dtype), counts)

    for n in (1, 2, 3, 10, 17, 100, 1000):
        for scale in (0.1, 1, 10, 100):
            yield "random", (rng.normal(size=n) * scale + rng.normal() * scale).astype(dtype)
    for n in (7, 10, 11, 15, 1000):
        for first in (1, 2, 3, 5, 8, 64)[: 1 + n // 2]:
            for below in (0.01, 0.3, 1.5):
                yield "ties, lost tail", levels((0, first), (lost - below, max(1, n - first)))
    for _ in range(100):  # one rounding of z_j - max z, shared by all the others
        shift, gap = rng.normal() * 3, rng.uniform(1, 9)
        yield "one and the rest", levels((shift, 1), (shift - gap, rng.choice([9, 99, 999])))
    for _ in range(50):
        counts = rng.integers(1, 300, size=3)
        yield "three levels", levels(*zip(rng.normal(size=3) * 8, counts, strict=True))
    counts = rng.multinomial(10**5, np.full(20, 0.05))
    yield "n = 100,000", levels(*zip(rng.normal(size=20) * 3, counts, strict=True))
    # One rounding of z_j - max z, nearly the largest possible, shared by 99,999 classes.
    shift, gap = {np.float32: (-3.85, 8.663), np.float64: (-1.37, 8.19)}[dtype]
    yield BEYOND, levels((shift, 1), (shift - gap, 99_999))
    for n in (2, 3, 7, 1000):
        yield "equal", np.full(n, -0.7, dtype)
    for row in (
        (1000, 0),
        (709.5, 709.5, 709.5),
        (88.5, 88.5, 88.5),
        (-1000, -1000, -1000),
        (largest * 0.95, -largest * 0.95, 0),
        (-largest, -largest, -largest),
        (largest, largest, 1),
        (np.finfo(dtype).smallest_subnormal, 0, -np.finfo(dtype).tiny),
        (0, -700, -720, -744, -745.2, -80, -90, -100, -103, -104),
        (3.5, -np.inf, 3.25, -np.inf),
    ):
        yield "extreme", np.array(row, dtype)


def target_cases(z: np.ndarray, seed: int = 0) -> Iterator[np.ndarray]:
    """Yield soft, one-hot and uniform targets for one row, and its own softmax."""
    rng = np.random.default_rng(seed)
    allowed = np.isfinite(z)
    soft = rng.exponential(size=z.size) ** 3 * allowed + allowed * 1e-300
    for y in (soft, np.arange(z.size) == rng.choice(np.flatnonzero(allowed)), allowed):
        yield (y / y.sum()).astype(z.dtype)
    yield activations.softmax(z)


def exact_log_softmax(z: np.ndarray) -> list[mpmath.mpf]:
    """Return log-softmax of one row to 60 digits."""
    values, where, counts = np.unique(z, return_inverse=True, return_counts=True)
    values = [mpmath.mpf(float(value)) for value in values]
    top = values[-1]
    total = mpmath.fsum(int(c) * mpmath.exp(v - top) for v, c in zip(values, counts, strict=True))
    logs = [v - top - mpmath.log(total) for v in values]
    return [logs[k] for k in where]


def worst_errors(functions, z: np.ndarray, wanted: tuple[str, ...]) -> dict[str, float]:
    """Return the largest error of each wanted function on one row; the promise is 1."""
    eps, largest = float(np.finfo(z.dtype).eps), float(np.finfo(z.dtype).max)
    step = float(np.finfo(z.dtype).smallest_subnormal)
    with mpmath.workdps(60):
        exact = exact_log_softmax(z)
        top = mpmath.mpf(float(z.max()))
        found = dict.fromkeys(wanted, 0.0)

        def note(name: str, value: float, truth, promise) -> None:
            truth = min(max(truth, -largest), largest) if np.isfinite(value) else truth
            error = 0 if value == truth else abs(mpmath.mpf(float(value)) - truth) / promise
            found[name] = max(found[name], float(error))

        classes = np.unique(z, return_index=True)[1] if "softmax" in wanted else ()
        a, log_a = functions.softmax(z), functions.log_softmax(z)
        for k in classes:
            if exact[k] == -mpmath.inf:
                found["softmax"] = max(found["softmax"], 0 if a[k] == 0 else np.inf)
                continue
            truth = mpmath.exp(exact[k])
            spread = top - mpmath.mpf(float(z[k]))
            note("softmax", a[k], truth, (4 + spread) * eps * truth + step)
            note("log_softmax", log_a[k], exact[k], 4 * eps * max(1, abs(exact[k])))
        if "logsumexp" in wanted:
            truth = top - max(exact)
            note("logsumexp", functions.logsumexp(z), truth, 4 * eps * max(1, abs(truth)))
        for y in target_cases(z) if "loss" in wanted else ():
            positive = np.flatnonzero(y)
            truth = -mpmath.fsum(mpmath.mpf(float(y[k])) * exact[k] for k in positive)
            note("loss", functions.loss(z, y), truth, 4 * eps * max(1, abs(truth)))
    return found


class Ours:
    softmax = staticmethod(activations.softmax)
    log_softmax = staticmethod(activations.log_softmax)
    logsumexp = staticmethod(activations.logsumexp)
    loss = staticmethod(losses.cross_entropy_from_logits)


class SciPy:
    @staticmethod
    def softmax(z):
        from scipy import special

        return special.softmax(z, axis=-1)

    @staticmethod
    def log_softmax(z):
        from scipy import special

        return special.log_softmax(z, axis=-1)

    @staticmethod
    def logsumexp(z):
        from scipy import special

        return special.logsumexp(z, axis=-1)

    @classmethod
    def loss(cls, z, y):
        return -np.sum(y * np.where(y > 0, cls.log_softmax(z), 0), axis=-1)


def accuracy(
    functions, dtype: type, wanted: tuple[str, ...] = MEASURED
) -> dict[str, dict[str, float]]:
    """Return {kind of logits: {function: largest error in units of the promise}}."""
    table: dict[str, dict[str, float]] = {}
    with np.errstate(all="ignore"):
        for kind, z in logit_cases(dtype):
            row = table.setdefault(kind, {})
            for name, error in worst_errors(functions, z, wanted).items():
                row[name] = max(row.get(name, 0.0), error)
    return table


# --- speed ---------------------------------------------------------------------------


def timings(name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the seconds of each call of ours and of SciPy's, taken in turn."""
    from scipy import special

    ours, theirs = getattr(activations, name), getattr(special, name)
    seconds = []
    for _ in range({640: 2000, 2**20: 40}.get(z.size, 12)):
        start = perf_counter()
        ours(z)
        middle = perf_counter()
        theirs(z, axis=-1)
        seconds.append((middle - start, perf_counter() - middle))
    return tuple(np.array(seconds[1:]).T)


def print_accuracy() -> float:
    worst = 0.0
    print("Largest error, in units of the promise (1 is the limit): ours / scipy.special")
    print(f"{'logits':<20}{'dtype':<9}" + "".join(f"{name:>18}" for name in MEASURED))
    for dtype in DTYPES:
        ours, theirs = accuracy(Ours, dtype), accuracy(SciPy, dtype)
        for kind, row in ours.items():
            cells = (f"{row[name]:.2f} / {theirs[kind][name]:.2f}" for name in row)
            print(f"{kind:<20}{dtype.__name__:<9}" + "".join(f"{cell:>18}" for cell in cells))
            excused = LESS_BEYOND if kind == BEYOND else ()
            worst = max(worst, *(row[name] for name in row if name not in excused))
    print(f"* beyond n = 1000, where {' and '.join(LESS_BEYOND)} promise less: not counted below")
    return worst


def print_speed() -> float:
    slowest = 0.0
    rng = np.random.default_rng(0)
    print("\nMicroseconds, median (fastest); the ratio of medians below 1 means ours is faster")
    print(f"{'shape':<16}{'dtype':<9}{'function':<13}{'ours':>22}{'scipy.special':>22}{'ratio':>8}")
    for shape in SHAPES:
        for dtype in DTYPES:
            z = (rng.normal(size=shape) * 3).astype(dtype)
            for name in FUNCTIONS:
                both = [1e6 * seconds for seconds in timings(name, z)]
                medians = [np.median(one) for one in both]
                ratio = medians[0] / medians[1]
                slowest = max(slowest, ratio)
                cells = (f"{m:.1f} ({t.min():.1f})" for m, t in zip(medians, both, strict=True))
                print(
                    f"{shape!s:<16}{dtype.__name__:<9}{name:<13}"
                    + "".join(f"{cell:>22}" for cell in cells)
                    + f"{ratio:>8.2f}"
                )
    return slowest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail on a missed promise")
    check = parser.parse_args().check
    worst, slowest = print_accuracy(), print_speed()
    print(f"\nLargest error {worst:.2f} of the promise; largest ratio {slowest:.2f}")
    return int(check and (worst > 1 or slowest > SLOWEST))


if __name__ == "__main__":
    sys.exit(main())
