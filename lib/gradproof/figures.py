"""Figures: one look for the whole book, and SVG that is the same in every run."""

from __future__ import annotations

import io

import matplotlib
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

#: The palette of Okabe and Ito, told apart under every common colour blindness.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")

#: Each line also has its own dashes, so that a printout in grey can be read.
DASHES = ("-", "--", "-.", ":", "-", "--", "-.")

_STYLE = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 11,
    "axes.prop_cycle": cycler(color=COLOURS, linestyle=DASHES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "figure.figsize": (5.6, 3.4),
    "font.size": 11,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.6,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "mathtext.fontset": "dejavusans",
    "svg.fonttype": "path",
    "svg.hashsalt": "gradproof",
}


def style() -> None:
    """Draw in the book's style from here on; a chapter calls it in its setup cell.

    Examples
    --------
    >>> style()
    >>> matplotlib.rcParams["svg.hashsalt"]
    'gradproof'
    """
    matplotlib.rcParams.update(_STYLE)


def svg(figure: Figure) -> str:
    """Return the figure as SVG text that depends on nothing but what was drawn.

    Parameters
    ----------
    figure : Figure
        A figure drawn after :func:`style`.

    Returns
    -------
    str
        One ``<svg>`` element, without date, program or version.

    Examples
    --------
    >>> style()
    >>> figure, axes = plt.subplots()
    >>> svg(figure)[:4], svg(figure) == svg(figure)
    ('<svg', True)
    >>> plt.close(figure)
    """
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def show(figure: Figure) -> None:
    """Display the figure as SVG, and close it.

    What the figure says goes into the alt text, in the options of the code cell::

        ---
        mystnb:
          image:
            alt: The logistic function rises from 0 to 1 and passes 1/2 at z = 0.
        ---

    Parameters
    ----------
    figure : Figure
        A figure drawn after :func:`style`.
    """
    from IPython.display import display

    display({"image/svg+xml": svg(figure)}, raw=True)
    plt.close(figure)
