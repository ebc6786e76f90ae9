"""Figures come out the same in every run."""

import subprocess
import sys

import matplotlib.pyplot as plt
from matplotlib import colors

from gradproof import figures

DRAW = """
import matplotlib.pyplot as plt
from gradproof.figures import style, svg
style()
figure, axes = plt.subplots()
axes.plot([0, 1], [0, 2], label="$a_1$")
axes.fill_between([0, 1], [0, 1])
axes.legend()
print(svg(figure))
"""


def test_two_processes_draw_the_same_bytes():
    first, second = (
        subprocess.run([sys.executable, "-c", DRAW], capture_output=True, check=True).stdout
        for _ in range(2)
    )
    assert first == second
    assert first.startswith(b"<svg")


def test_the_svg_names_no_date_and_no_version():
    figures.style()
    figure, _ = plt.subplots()
    text = figures.svg(figure)
    plt.close(figure)
    assert "<dc:date>" not in text
    assert "Matplotlib v" not in text


def test_showing_displays_one_svg_and_closes_the_figure(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    figure, _ = plt.subplots()
    figures.show(figure)
    assert [list(data) for data in shown] == [["image/svg+xml"]]
    assert not plt.fignum_exists(figure.number)


def test_the_colours_differ_from_each_other_in_grey_or_by_their_dashes():
    def luminance(colour):
        return sum(w * c for w, c in zip((0.2, 0.7, 0.1), colors.to_rgb(colour), strict=True))

    lines = list(zip(figures.COLOURS, figures.DASHES, strict=True))
    for index, (colour, dashes) in enumerate(lines):
        for other, other_dashes in lines[:index]:
            assert dashes != other_dashes or abs(luminance(colour) - luminance(other)) > 0.03
