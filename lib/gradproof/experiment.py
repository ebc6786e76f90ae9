"""Claims that are settled by running code: floating-point facts, shapes, worked numbers.

A row says what was computed and what was expected. The check compares them, value by
value and dtype by dtype, and then shows that it can fail: each row is compared with
wrong expectations too, and every one of them must be rejected.

    >>> import numpy as np
    >>> from gradproof.derivation import Claim
    >>> with np.errstate(over="ignore", invalid="ignore"):
    ...     e = np.exp(np.array([1000.0, 0.0]))
    ...     naive = e / e.sum()
    >>> claim = Claim("naive-softmax-overflows", "Naive softmax of (1000, 0)", sources=("S0-08",))
    >>> print(Experiment(claim, [("naive softmax", naive, [np.nan, 0.0])]).check())
    Naive softmax of (1000, 0).
    naive softmax: computed [nan, 0.0], expected [nan, 0.0]
    Executed: 1 row as expected, 2 wrong expectations rejected.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from sympy.core.basic import Basic

from gradproof.claim import RECORD_MIME, Claim, claim_record, tuple_of
from gradproof.display import markdown_table, reason_to_latex
from gradproof.latex import plain
from gradproof.numeric_twin import NumericResult


class ExperimentError(ValueError):
    """A row whose computed value is not the expected one, or a check that cannot fail."""


class Row(NamedTuple):
    """One comparison.

    Attributes
    ----------
    label : str
        What is computed, in words; formulas between dollar signs.
    computed : object
        A number, array, shape, text or exact value; or a function without arguments, which
        is called. Where the expectation is an exception or warning, it has to be a function.
    expected : object
        The value; nan equals nan. A NumPy scalar or array also fixes the dtype, a Python
        number or list does not. An exception or warning class: what the call must raise.
    tolerance : float
        Largest absolute error accepted; 0 means equal.
    signed_zero : bool
        Whether 0.0 and -0.0 are told apart.
    """

    label: str
    computed: Any
    expected: Any
    tolerance: float = 0.0
    signed_zero: bool = False


class Experiment:
    """A claim and the rows that settle it.

    Parameters
    ----------
    claim : Claim
        Without hypotheses, for running code cannot use any.
    rows : iterable of Row or (label, computed, expected[, tolerance[, signed_zero]])
        What was computed and what was expected.

    Raises
    ------
    ValueError
        If there is no row, a row is of another form, or the claim has hypotheses.
    """

    def __init__(self, claim: Claim, rows: Iterable[Sequence]) -> None:
        """Keep the rows; nothing is compared here."""
        if not isinstance(claim, Claim):
            raise ValueError(f"claim: expected a Claim, got {claim!r}")
        self.claim = claim
        self.rows = tuple(map(read_row, tuple_of("rows", rows, object, "rows")))
        self.rejected = 0
        if not self.rows:
            raise ValueError(f"rows: {claim.id} has none")
        if claim.given:
            raise ValueError(f"given: {claim.id} is settled by running code, without hypotheses")

    def check(self) -> Experiment:
        """Compare every row, and compare it with wrong expectations.

        Returns
        -------
        Experiment
            Itself, so that a cell may end with this call and display it.

        Raises
        ------
        ExperimentError
            If a value is not the expected one, or a wrong expectation passes; names the row.
        """
        rejected = 0
        for row in self.rows:
            found = compare(row)
            if not found.agrees:
                raise ExperimentError(
                    f"{self.claim.id}, row {row.label!r}: computed {found.exact}, "
                    f"expected {_show(row.expected)}{_within(row)}"
                )
            if found.accepted:
                raise ExperimentError(
                    f"{self.claim.id}, row {row.label!r}: "
                    f"the check would accept {found.accepted} as well"
                )
            rejected += found.rejected
        self.rejected = rejected
        return self

    def record(self) -> dict:
        """Return the claim's row of the ledger, in plain JSON types."""
        executed = NumericResult("executed", len(self.rows), (), self._tolerance())
        values = [_show(row.expected).replace("$", "") for row in self.rows]
        statement = r",\; ".join(
            f"{reason_to_latex(row.label.replace('`', ''))} = {reason_to_latex(value)}"
            for row, value in zip(self.rows, values, strict=True)
        )
        return claim_record(self.claim, statement, None, executed, (self.rejected, 0, 0))

    def _tolerance(self) -> float:
        return float(max(row.tolerance for row in self.rows))

    def _cells(self) -> Iterator[tuple[str, str, str]]:
        for row in self.rows:
            found = compare(row)
            yield row.label, found.computed, found.expected

    def _verdict_line(self) -> str:
        rows = "1 row" if len(self.rows) == 1 else f"{len(self.rows)} rows"
        return f"Executed: {rows} as expected, {self.rejected} wrong expectations rejected."

    def markdown(self) -> str:
        """Return the rows and the verdict in Markdown."""
        cells = [
            (label, f"`{computed}`", f"`{expected}`") for label, computed, expected in self._cells()
        ]
        table = markdown_table(("value", "computed", "expected"), cells)
        return f"**{self.claim.title}.**\n\n{table}\n\n{self._verdict_line()}"

    def __str__(self) -> str:
        lines = [
            f"{label}: computed {computed}, expected {expected}"
            for label, computed, expected in self._cells()
        ]
        return "\n".join([f"{self.claim.title}.", *lines, self._verdict_line()])

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        self.check()
        return {
            "text/markdown": self.markdown(),
            "text/plain": str(self),
            RECORD_MIME: self.record(),
        }


def read_row(values: Sequence) -> Row:
    """Return a row.

    Parameters
    ----------
    values : tuple or list
        The fields of a `Row`, at least the first three.

    Returns
    -------
    Row

    Raises
    ------
    ValueError
        If the label is no text, the tolerance is negative, or the number of fields is wrong.
    """
    sequence = isinstance(values, tuple | list)
    if not sequence or len(values) not in (3, 4, 5) or not isinstance(values[0], str):
        form = "(label, computed, expected[, tolerance[, signed_zero]])"
        raise ValueError(f"rows: expected {form}, got {values!r}")
    row = Row(*values)
    if not isinstance(row.tolerance, int | float) or not 0 <= row.tolerance < math.inf:
        raise ValueError(f"rows: expected a tolerance >= 0, got {row.tolerance!r} in {row.label!r}")
    return row


class Comparison(NamedTuple):
    """What came of a row.

    Attributes
    ----------
    agrees : bool
        Whether the computed value is the expected one.
    computed, expected : str
        Both as a page shows them: rounded to what the tolerance vouches for.
    exact : str
        The computed value, not rounded.
    rejected : int
        How many wrong expectations were rejected, if it agrees.
    accepted : str
        A wrong expectation that would have passed; empty if there is none.
    """

    agrees: bool
    computed: str
    expected: str
    exact: str
    rejected: int = 0
    accepted: str = ""


def compare(row: Row) -> Comparison:
    """Compare a row, and compare it with wrong expectations too.

    Parameters
    ----------
    row : Row

    Returns
    -------
    Comparison

    Examples
    --------
    >>> found = compare(Row("a third", 1 / 3, 0.33))
    >>> found.agrees, found.computed, found.expected
    (False, '0.3333333333333333', '0.33')
    >>> compare(Row("a third", 1 / 3, 0.33, 0.005)).rejected
    2
    """
    computed = _outcome(row)
    shown = computed, row.expected
    if row.tolerance:
        shown = tuple(_rounded(value, row.tolerance) for value in shown)
    words = _show(shown[0]), _show(shown[1]) + _within(row), _show(computed)
    if not _agrees(computed, row):
        return Comparison(False, *words)
    wrong = _wrong_expectations(row)
    accepted = [_show(value) for value in wrong if _agrees(computed, row._replace(expected=value))]
    return Comparison(True, *words, len(wrong) - len(accepted), "; ".join(accepted))


def _is_exception(expected: Any) -> bool:
    return isinstance(expected, type) and issubclass(expected, Exception)


def _outcome(row: Row) -> Any:
    """Return the computed value, or the class of what the call raised or warned."""
    if not callable(row.computed) or isinstance(row.computed, Basic):
        return row.computed
    with warnings.catch_warnings():
        warnings.simplefilter("error" if _is_exception(row.expected) else "ignore")
        try:
            return row.computed()
        except Exception as error:
            return type(error)


def _agrees(computed: Any, row: Row) -> bool:
    expected = row.expected
    if _is_exception(expected) or _is_exception(computed):
        return (
            _is_exception(computed) and _is_exception(expected) and issubclass(computed, expected)
        )
    if isinstance(computed, str) or isinstance(expected, str):
        return type(computed) is type(expected) and computed == expected
    if not (_is_numeric(computed) and _is_numeric(expected)):
        return np.array_equal(np.array(computed, object), np.array(expected, object))
    left, right = np.asarray(computed), np.asarray(expected)
    if left.shape != right.shape or (left.dtype == bool) != (right.dtype == bool):
        return False
    if isinstance(expected, np.generic | np.ndarray) and left.dtype != right.dtype:
        return False
    same = left == right
    if left.dtype != bool:
        with np.errstate(all="ignore"):
            same |= (left != left) & (right != right)  # nan
            if row.tolerance:
                kind = np.result_type(left, right, np.float64)  # unsigned integers wrap
                same |= np.abs(np.subtract(left, right, dtype=kind)) <= row.tolerance
    if row.signed_zero:
        same &= np.signbit(left) == np.signbit(right)
    return bool(np.all(same))


def _is_numeric(value: Any) -> bool:
    if isinstance(value, str):
        return False
    try:
        return np.asarray(value).dtype.kind in "biufc"
    except ValueError:  # a ragged list
        return False


def _wrong_expectations(row: Row) -> list:
    """Return values that the row must reject: another entry, shape, dtype, kind or sign."""
    expected = row.expected
    if _is_exception(expected):
        return [StopAsyncIteration]
    if isinstance(expected, str):
        return [f"{expected}?"]
    if not _is_numeric(expected):
        return [[*expected[:-1], ...] if isinstance(expected, list | tuple) else ...]
    exact = np.asarray(expected)
    typed = isinstance(expected, np.generic | np.ndarray)
    wrong = [exact[np.newaxis]]
    with np.errstate(all="ignore"):
        if exact.size:
            changed = exact.copy()
            changed.flat[-1] = _nudged(exact.flat[-1], row.tolerance)
            wrong.append(changed if typed else changed.tolist())
        if typed and exact.dtype.kind == "f":
            wrong.append(exact.astype(np.float32 if exact.dtype == np.float64 else np.float64))
    if row.signed_zero and np.any(exact == 0):
        wrong.append(np.where(exact == 0, -exact, exact))
    return wrong


def _nudged(value: np.generic, tolerance: float) -> Any:
    """Return a value that is out of tolerance of whatever was within it."""
    if value.dtype.kind == "b":
        return not value
    if value.dtype.kind in "iu":
        step = 2 * math.floor(tolerance) + 1
        return value - step if value >= step else value + step
    if np.isnan(value):
        return 0.0
    if np.isinf(value):
        return np.nextafter(value, value.dtype.type(0))
    if value.dtype.kind == "c":
        return value + 3 * tolerance + np.spacing(abs(value))
    return np.nextafter(value + value.dtype.type(3 * tolerance), value.dtype.type(np.inf))


def _rounded(value: Any, tolerance: float) -> Any:
    """Round to the digits the tolerance vouches for, so that every machine prints the same."""
    if not _is_numeric(value):
        return value
    with np.errstate(all="ignore"):  # infinities, too
        return np.round(value, max(0, math.floor(-math.log10(tolerance))))


def _within(row: Row) -> str:
    return f" ± {row.tolerance:g}" if row.tolerance else ""


def _show(value: Any) -> str:
    """Print a value the same way on every machine."""
    if _is_exception(value):
        return value.__name__
    if isinstance(value, np.ndarray | np.generic):
        usual = value.dtype in (np.float64, np.int64, np.bool_)
        return _digits(value) + ("" if usual else f" {value.dtype}")
    if isinstance(value, list | tuple):
        shown = ", ".join(map(_show, value))
        return f"[{shown}]" if isinstance(value, list) else f"({shown}{',' * (len(value) == 1)})"
    return plain(value) if isinstance(value, Basic) else str(value)


def _digits(value: np.ndarray | np.generic) -> str:
    if value.ndim:
        return f"[{', '.join(map(_digits, value))}]"
    return str(value)
