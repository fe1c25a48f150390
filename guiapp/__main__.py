"""Where the program begins: the window, or one command of the command line."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = frozenset(
    {"demo", "new", "get", "check", "compare", "train", "evaluate", "predict", "maps", "animate", "export"},
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments without the program's name; those of the process by default.
    """
    multiprocessing.freeze_support()
    arguments = list(sys.argv[1:] if argv is None else argv)
    # The engine's process imports this module again: nothing heavy before one of these is chosen.
    if arguments and arguments[0] == "shots":
        from guiapp.app import shots

        return shots(arguments[1:])
    if len(arguments) > 1 or (arguments and not _names_a_project(arguments[0])):
        from guiapp.cli import main as command_line

        return command_line(arguments)
    from guiapp.app import main as window

    return window(arguments[0] if arguments else None)


def _names_a_project(word: str) -> bool:
    return word not in COMMANDS and not word.startswith("-") and (word.endswith(".convnet") or Path(word).exists())


if __name__ == "__main__":
    sys.exit(main())
