"""The commands of the package: ``python -m gradproof ledger`` and ``... notebooks``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

USAGE = """\
usage: python -m gradproof COMMAND ...

  ledger      print which source claims the book covers, or write all claims as JSON
  notebooks   re-derive the executed notebooks from the chapters' texts
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line; that of the process by default.

    Returns
    -------
    int
        The exit code; 2 if the command is unknown.
    """
    command, *rest = (sys.argv[1:] if arguments is None else list(arguments)) or ["--help"]
    if command in ("-h", "--help"):
        print(USAGE, end="")
        return 0
    if command == "ledger":
        from gradproof.ledger import main as run
    elif command == "notebooks":
        from gradproof.notebooks import main as run
    else:
        print(f"gradproof: unknown command {command}\n{USAGE}", end="", file=sys.stderr)
        return 2
    return run(rest)


if __name__ == "__main__":
    sys.exit(main())
