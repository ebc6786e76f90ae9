r"""Derivations and verdicts for readers: aligned chains, tables, scopes and points in words.

Markdown with LaTeX between dollar signs, which JupyterLab and the book both read, and
plain text for terminals. All of it is printed from the objects that were checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from sympy import Abs, Derivative, Eq, Expr, Heaviside, Max, Min, Symbol, evaluate
from sympy.tensor.indexed import Indexed

from gradproof.latex import RELATIONS, plain, to_latex
from gradproof.proving import Verdict
from gradproof.sampling import Counterexample

#: Marks an output as printed from a checked or defined object that is no claim.
DISPLAY_MIME = "application/vnd.gradproof.display+json"


def shown(thing, kind: str) -> dict:
    """Return the mime bundle of something displayed that is no claim.

    Parameters
    ----------
    thing : object
        With a method `markdown`.
    kind : str
        What it is, in a word.

    Returns
    -------
    dict
    """
    with evaluate(True):
        return {
            "text/markdown": thing.markdown(),
            "text/plain": str(thing),
            DISPLAY_MIME: {"kind": kind},
        }


class Step(NamedTuple):
    """One line of a derivation: how it follows from the line before, what, and why."""

    relation: str
    expr: Expr
    because: str


# --- Chains -------------------------------------------------------------------------


def reason_to_latex(because: str) -> str:
    r"""Set a reason in words; mathematics between dollar signs stays mathematics.

    Parameters
    ----------
    because : str
        Words, with ``$...$`` around formulas.

    Returns
    -------
    str
        A sequence of ``\text{...}`` and formulas.

    Raises
    ------
    ValueError
        If a dollar sign has no partner.

    Examples
    --------
    >>> print(reason_to_latex("the sum rule, 100% of $y_l$"))
    \text{the sum rule, 100\% of }y_l
    """
    words = because.split("$")
    if len(words) % 2 == 0:
        raise ValueError(f"because: the dollar sign has no partner in {because!r}")
    return "".join(
        _formula(part) if at % 2 else _text(part) for at, part in enumerate(words) if part
    )


def _formula(tex: str) -> str:
    """Keep what would be tall, set in a display, to the height of the words around it."""
    return rf"{{\textstyle {tex}}}" if re.search(r"\\(sum|frac|prod)", tex) else tex


def _text(words: str) -> str:
    escapes = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    escapes |= {special: "\\" + special for special in "{}#%&_"}
    return rf"\text{{{''.join(escapes.get(letter, letter) for letter in words)}}}"


def aligned(first: Expr, steps: Iterable[Step]) -> str:
    r"""Set a chain of relations as one ``aligned`` block, a reason on each line.

    Parameters
    ----------
    first : Expr
        The expression the chain starts from.
    steps : iterable of (relation, expr, because)
        The steps; relation is one of ``=``, ``<=``, ``>=``, ``<``, ``>``. A reason may be
        empty.

    Returns
    -------
    str
        LaTeX without dollar signs. A long first expression has a line of its own. The last
        line ends with a full stop, for a derivation is a sentence.

    Examples
    --------
    >>> from sympy import evaluate
    >>> from gradproof.notation import a, j
    >>> with evaluate(False):
    ...     print(aligned(a[j] - a[j]**2, [("=", a[j]*(1 - a[j]), "take out $a_j$")]))
    \begin{aligned}
    a_{j} - a_{j}^{2} &= a_{j} \left(1 - a_{j}\right) && \text{take out }a_j.
    \end{aligned}
    """
    steps = [Step(*step) for step in steps]
    start = to_latex(first)
    lines = [
        f"&{RELATIONS[step.relation]} {to_latex(step.expr)}"
        + (f" && {reason_to_latex(step.because)}" if step.because else "")
        for step in steps
    ]
    if not lines:
        lines = [start]
    elif _width(start) > 20:
        lines.insert(0, rf"&\phantom{{=}}\; {start}")
    else:
        lines[0] = f"{start} {lines[0]}"
    body = " \\\\[0.4em]\n".join(lines)  # fractions above each other need air
    return f"\\begin{{aligned}}\n{body}.\n\\end{{aligned}}"


def _width(tex: str) -> int:
    """Estimate how many characters wide a formula is set."""
    tex = re.sub(r"\\(left|right|frac)(?![a-z])", "", tex)
    tex = re.sub(r"\\[a-zA-Z]+", "x", tex)
    return len(re.sub(r"[\^_{}\s]", "", tex))


def plain_chain(first: Expr, steps: Iterable[Step]) -> str:
    """Print a chain of relations for a terminal, a reason on each line.

    Parameters
    ----------
    first : Expr
        The expression the chain starts from.
    steps : iterable of (relation, expr, because)
        The steps.

    Returns
    -------
    str
        One line per expression.

    Examples
    --------
    >>> from sympy import evaluate
    >>> from gradproof.notation import a, j
    >>> with evaluate(False):
    ...     print(plain_chain(a[j] - a[j]**2, [("=", a[j]*(1 - a[j]), "take out a[j]")]))
    a[j] - a[j]**2
        = a[j]*(1 - a[j])    (take out a[j])
    """
    lines = [plain(first)]
    for relation, expr, because in steps:
        reason = because.replace("$", "")
        lines.append(f"    {relation} {plain(expr)}    ({reason})")
    return "\n".join(lines)


# --- Pieces of Markdown ---------------------------------------------------------------


def display_math(formula: str, label: str = "") -> str:
    """Return a display that JupyterLab and MyST both read, with a label for references."""
    return f"$$\n{formula}\n$$" + (f" ({label})" if label else "")


def to_html(words: str) -> str:
    r"""Return a line of words with ``$formulas$`` and ```code``` in HTML.

    Examples
    --------
    >>> print(to_html("given $a < b$, see `shift`"))
    given \(a &lt; b\), see <code>shift</code>
    """
    text = escape(words, quote=False)
    text = re.sub(r"\$([^$]+)\$", r"\\(\1\\)", text)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a vertical bar in a cell is escaped."""
    lines = [header, [":--"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_without_bars, row))} |" for row in lines)


def _without_bars(cell: str) -> str:
    r"""Escape vertical bars: as a character reference in words, as \vert in mathematics."""
    parts = cell.split("$")
    parts[::2] = [words.replace("|", "&#124;") for words in parts[::2]]
    parts[1::2] = [
        formula.replace(r"\|", r"\Vert ").replace("|", r"\vert ") for formula in parts[1::2]
    ]
    return "$".join(parts)


def listing(items: Sequence[str]) -> str:
    """Return the items as words: 'a', 'a and b', 'a, b and c'."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def scope_in_words(verdict: Verdict, math: bool) -> str:
    r"""Say for what a relation was proved.

    Parameters
    ----------
    verdict : Verdict
    math : bool
        Whether formulas are set in LaTeX, between dollar signs.

    Returns
    -------
    str
        The scope; where no size occurs, the symbols are named instead.

    Examples
    --------
    >>> from sympy import Eq, Ge
    >>> from gradproof.notation import x
    >>> print(scope_in_words(Verdict("proved", Eq(x, x), "every m, n >= 2"), math=True))
    every $m$, $n \ge 2$
    >>> scope_in_words(Verdict("proved", Ge(x**2, 0, evaluate=False), "every value"), math=False)
    'every value of x'
    """
    return _scope_in_words(verdict, math) + away_from_kinks(verdict)


def away_from_kinks(verdict: Verdict) -> str:
    """Say so where a statement is about slopes of a maximum, or about steps; else nothing.

    An equation is read as "equal wherever both sides are defined", and at a kink they are not.
    """
    spoken = [verdict.relation, *verdict.used]
    slopes = verdict.relation.has(Derivative) and any(e.has(Max, Min, Abs) for e in spoken)
    return ", away from kinks" if slopes or verdict.relation.has(Heaviside) else ""


def _scope_in_words(verdict: Verdict, math: bool) -> str:
    scope = verdict.scope
    if scope == "every value":
        symbols = sorted(_inputs(verdict), key=str)
        names = [f"${to_latex(symbol)}$" if math else str(symbol) for symbol in symbols]
        return f"every value of {listing(names)}" if names else scope
    if not math:
        return scope
    every, names = (
        ("every ", scope[6:].split(", ")) if scope.startswith("every ") else ("", [scope])
    )
    return every + ", ".join(f"${name}$".replace(">=", r"\ge") for name in names)


def _inputs(verdict: Verdict) -> set[Symbol]:
    """Return the symbols of a statement, with what they are defined by in their place."""
    symbols = set(verdict.relation.free_symbols)
    for _ in verdict.used:  # a definition may lead to another
        for h in verdict.used:
            if isinstance(h, Eq) and h.lhs in symbols:
                symbols = symbols - {h.lhs} | h.rhs.free_symbols
    return symbols


def point_to_latex(point: Counterexample) -> str:
    """Return a counterexample in words and formulas.

    Parameters
    ----------
    point : Counterexample

    Returns
    -------
    str
        Markdown in one line: the point, then both sides.
    """
    where = [f"{symbol} = {value}" for symbol, value in {**point.sizes, **point.indices}.items()]
    things: dict = {}
    for entry, value in point.values.items():
        things.setdefault(entry.base if isinstance(entry, Indexed) else entry, {})[entry] = value
    where += [f"{to_latex(thing)} = {_nested(values)}" for thing, values in things.items()]
    left, right = _value(point.lhs), _value(point.rhs)
    if left == right:  # a small difference: show every digit
        left, right = _value(point.lhs, 15), _value(point.rhs, 15)
    sides = f"the left side is {left}, the right side {right}"
    return (f"at {', '.join(f'${part}$' for part in where)} " if where else "") + sides


def _nested(values: dict) -> str:
    """Return the value of a symbol, or the entries of a vector or matrix in parentheses."""
    (entry, *_) = values
    if not isinstance(entry, Indexed):
        return to_latex(values[entry])
    rows: dict = {}
    for entry, value in values.items():
        rows.setdefault(entry.indices[:-1], []).append(to_latex(value))
    vectors = [f"({', '.join(row)})" for row in rows.values()]
    return f"({', '.join(vectors)})" if entry.rank > 1 else vectors[0]


def _value(value: Expr, digits: int = 6) -> str:
    """Return a number between dollar signs, rounded if it would be long."""
    if len(plain(value)) <= 24:
        return f"${to_latex(value)}$"
    return rf"$\approx {float(value):.{digits}g}$"
