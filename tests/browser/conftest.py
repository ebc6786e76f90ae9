"""One browser and one server for all tests of the built pages."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path += [str(HERE.parent.parent / "_ext"), str(HERE)]

import browser  # noqa: E402
from checks import BOOK  # noqa: E402


@pytest.fixture(scope="session")
def chromium():
    with browser.launched() as launched:
        yield launched


@pytest.fixture(scope="session")
def site():
    """Return the address of the built book."""
    if not (BOOK / "index.html").is_file():
        raise RuntimeError(f"there is no book at {BOOK}: run make")
    with browser.served(BOOK) as address:
        yield address


@pytest.fixture
def served(tmp_path):
    """Return the address of a folder for pages made up by a test."""
    with browser.served(tmp_path) as address:
        yield address
