"""The command line: the whole program without a screen."""

from __future__ import annotations

import importlib
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress

from guiapp.cli import console
from guiapp.core import notify
from guiapp.core.notify import Cancelled, UserError

DONE, PROBLEM, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    argv : sequence of str
        The arguments, without the program's name.
    """
    console.prepare_streams()
    with console.log_to_file():
        return _told(argv)


def _told(argv: Sequence[str]) -> int:
    """Run one command, and say in words what ended it."""
    command = argv[0] if argv else ""
    stop = notify.listen(console.show_note)
    try:
        return _run(argv)
    except (KeyboardInterrupt, Cancelled):
        console.say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_output()
        return DONE
    except UserError as exc:
        console.fail(exc)
        return PROBLEM
    except OSError as exc:
        console.fail(notify.as_user_error(exc, doing=command))
        _abandon_output()
        return PROBLEM
    except Exception as exc:  # the one place where the command line turns whatever came into a sentence
        console.fail(notify.as_user_error(exc, doing=command))
        return PROBLEM
    finally:
        stop()


def _run(argv: Sequence[str]) -> int:
    from guiapp.cli.arguments import parser

    try:
        arguments = parser().parse_args(argv)
    except SystemExit as exc:
        sys.stdout.flush()
        return USAGE if exc.code not in (0, None) else DONE
    return _command(arguments)


def _command(arguments: Namespace) -> int:
    # Each command imports only what it needs: `check` and `new` answer at once.
    module, _, name = arguments.run.partition(":")
    return int(getattr(importlib.import_module(f"guiapp.cli.{module}"), name)(arguments))


def _abandon_output() -> None:
    """Have Python not complain once more, while it exits, of output that nobody can take."""
    with suppress(OSError, ValueError):
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
