"""Options and summaries of the test run."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # for the shared strategies


def pytest_addoption(parser):
    parser.addoption(
        "--prover-examples",
        type=int,
        default=500,
        help="random identities, and as many near misses, that the prover is tested on",
    )


def pytest_terminal_summary(terminalreporter):
    """Print what the prover made of the random relations."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "prover" and report.when == "call":
                terminalreporter.write_line(value)
