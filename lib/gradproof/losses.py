"""Cross-entropy, from probabilities and from logits, each next to its gradient.

Targets y are distributions over the last axis: y_j >= 0 with sum 1. The convention
0 ln 0 = 0 holds throughout: a class with y_j = 0 costs nothing, whatever its probability.

    >>> cross_entropy([0.5, 0.25, 0.25], [1, 0, 0])
    np.float64(0.6931471805599453)
    >>> cross_entropy_from_logits([1000.0, 0.0], [0.0, 1.0])
    np.float64(1000.0)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradproof.activations import entry, log_softmax, real_array, softmax, two_part_sum

__all__ = [
    "cross_entropy",
    "cross_entropy_from_logits",
    "cross_entropy_from_logits_gradient",
    "cross_entropy_gradient",
]

# How far from 1 the targets may sum: room for targets that were made in float32.
SUM_TOLERANCE = 1e-6


def _targets(values: ArrayLike, like: NDArray) -> NDArray:
    """Return the targets y as an array, or say which row is no distribution."""
    y = real_array("y", values, integers_become=like.dtype)
    if y.shape != like.shape:
        raise ValueError(f"y: expected one target per class, shape {like.shape}, got {y.shape}")
    expected = f"y: expected y_j >= 0 with sum 1 (within {SUM_TOLERANCE}) along the last axis"
    sums = y.sum(axis=-1, dtype=np.float64)
    if not (y.min(initial=0) >= 0):  # also when it is nan
        raise ValueError(f"{expected}, but {entry('y', y, tuple(np.argwhere(~(y >= 0))[0]))}")
    wrong = ~(np.abs(sums - 1) <= SUM_TOLERANCE)
    if wrong.any():
        row = tuple(np.argwhere(wrong)[0])
        place = ", ".join(map(str, (*row, ":")))
        raise ValueError(f"{expected}, but y[{place}] sums to {sums[row]} (shape {y.shape})")
    return y


def _probabilities(values: ArrayLike) -> NDArray:
    """Return a as an array, or say which entry is no probability."""
    a = real_array("a", values)
    if a.ndim == 0 or a.shape[-1] == 0:
        raise ValueError(f"a: expected shape (..., n) with n >= 1, got shape {a.shape}")
    allowed = (a >= 0) & (a <= 1 + SUM_TOLERANCE)
    if not allowed.all():
        found = entry("a", a, tuple(np.argwhere(~allowed)[0]))
        raise ValueError(f"a: expected probabilities from 0 to 1, but {found} (shape {a.shape})")
    return a


def _expected_cost(y: NDArray, half_cost: NDArray) -> NDArray:
    """Return the sum of 2 y_j half_cost_j along the last axis, with 0 inf = 0.

    Halves, because -ln a_j can be twice the largest float; a result beyond it becomes it.
    """
    shape, dtype = y.shape, np.result_type(y, half_cost)
    y, half_cost = y.reshape(-1, shape[-1]), half_cost.reshape(-1, shape[-1])
    with np.errstate(all="ignore"):
        terms = np.multiply(y, half_cost, out=np.zeros(y.shape), where=y > 0, dtype=np.float64)
        largest = np.abs(terms).max(axis=-1, keepdims=True)
        exponent = np.frexp(largest)[1]
        high, low = two_part_sum(np.ldexp(terms, -exponent), 2.0 ** shape[-1].bit_length())
        total = np.minimum(np.ldexp(high + low, exponent + 1), np.finfo(dtype).max)
    return np.where(np.isinf(largest), largest, total).astype(dtype).reshape(shape[:-1])[()]


def cross_entropy(a: ArrayLike, y: ArrayLike) -> NDArray:
    r"""Return the cross-entropy of probabilities and targets.

    Parameters
    ----------
    a : array_like of shape (..., n)
        Probabilities, each from 0 to 1. They need not sum to 1, because Lemma 1 moves each
        of them on its own.
    y : array_like of shape (..., n)
        Targets: y_j >= 0 with sum 1.

    Returns
    -------
    ndarray of shape (...)
        Values >= 0; inf where a class with a_j = 0 has a positive target.

    Raises
    ------
    ValueError
        If ``a`` has an entry outside [0, 1], no class axis or an empty one, or is not
        real; if ``y`` has another shape, is not real, or has a row that is no distribution.

    Notes
    -----
    .. math:: C = -\sum_j y_j \ln a_j, \qquad 0\ln 0 = 0

    From logits use `cross_entropy_from_logits`: softmax rounds a confident mistake to
    probability 0, and its cost to inf.

    Examples
    --------
    >>> cross_entropy([0.5, 0.5, 0.0], [0.5, 0.5, 0.0])
    np.float64(0.6931471805599453)

    References
    ----------
    Claims S1-12 and S1-13; no chapter yet.
    """
    a = _probabilities(a)
    y = _targets(y, like=a)
    with np.errstate(divide="ignore"):
        return _expected_cost(y, np.log(a) / -2)


def cross_entropy_gradient(a: ArrayLike, y: ArrayLike) -> NDArray:
    r"""Return the gradient of cross-entropy with respect to the probabilities.

    Parameters
    ----------
    a : array_like of shape (..., n)
        Probabilities, each from 0 to 1, as free coordinates.
    y : array_like of shape (..., n)
        Targets: y_j >= 0 with sum 1.

    Returns
    -------
    ndarray of shape (..., n)
        Values <= 0: 0 where y_j = 0, and -inf where y_j > 0 meets an a_j that is 0, or so
        small that the quotient exceeds the largest float.

    Raises
    ------
    ValueError
        As `cross_entropy`.

    Notes
    -----
    .. math:: \frac{\partial C}{\partial a_j} = -\frac{y_j}{a_j}

    Examples
    --------
    >>> cross_entropy_gradient([0.5, 0.5, 0.0], [0.25, 0.75, 0.0]).tolist()
    [-0.5, -1.5, 0.0]

    References
    ----------
    Claim S1-20 (Lemma 1); no chapter yet.
    """
    a = _probabilities(a)
    y = _targets(y, like=a)
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        return np.divide(-y, a, out=np.zeros(a.shape, np.result_type(a, y)), where=y > 0)


def cross_entropy_from_logits(z: ArrayLike, y: ArrayLike) -> NDArray:
    r"""Return the cross-entropy of softmax(z) and the targets, without computing softmax.

    Parameters
    ----------
    z : array_like of shape (..., n)
        Logits.
    y : array_like of shape (..., n)
        Targets: y_j >= 0 with sum 1.

    Returns
    -------
    ndarray of shape (...)
        Values >= 0; inf only where a masked class has a positive target.

    Raises
    ------
    ValueError
        If ``z`` is refused by `gradproof.activations.log_softmax`; if ``y`` has another
        shape, is not real, or has a row that is no distribution.

    Notes
    -----
    .. math:: C = -\sum_j y_j \ln a_j = \sum_j y_j \Big(\ln\sum_l e^{z_l} - z_j\Big)

    The error is at most 4 eps max(1, C), measured up to n = 100,000. A cost beyond the
    largest float, as of z = (1.7e308, -1.7e308), is returned as the largest float.

    Examples
    --------
    >>> cross_entropy_from_logits([1000.0, 0.0], [0.0, 1.0])
    np.float64(1000.0)
    >>> cross_entropy_from_logits([40.0, 0.0], [1, 0])  # softmax gives exactly 1 here
    np.float64(4.248354255291589e-18)

    References
    ----------
    Claims S1-12 and S2-59; no chapter yet.
    """
    log_a = log_softmax(z)
    y = _targets(y, like=log_a)
    half_cost = log_a / -2
    clipped = log_a == np.finfo(log_a.dtype).min
    if clipped.any():  # beside such a spread the logarithm of the sum is nothing
        half = real_array("z", z) / 2
        half_cost[clipped] = (half.max(axis=-1, keepdims=True) - half)[clipped]
    return _expected_cost(y, half_cost)


def cross_entropy_from_logits_gradient(z: ArrayLike, y: ArrayLike) -> NDArray:
    r"""Return the gradient of cross-entropy with respect to the logits.

    Parameters
    ----------
    z : array_like of shape (..., n)
        Logits.
    y : array_like of shape (..., n)
        Targets: y_j >= 0 with sum 1.

    Returns
    -------
    ndarray of shape (..., n)
        Values in [-1, 1] whose sum along the last axis is 0 up to rounding.

    Raises
    ------
    ValueError
        As `cross_entropy_from_logits`.

    Notes
    -----
    .. math:: \frac{\partial C}{\partial z_i} = a_i - y_i

    because the targets sum to 1.

    Examples
    --------
    >>> z = np.log([2.0, 3.0, 5.0])
    >>> cross_entropy_from_logits_gradient(z, [0.5, 0.25, 0.25]).round(12).tolist()
    [-0.3, 0.05, 0.25]

    References
    ----------
    Claim S1-26 (Lemma 4); no chapter yet.
    """
    a = softmax(z)
    return a - _targets(y, like=a)
