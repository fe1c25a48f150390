"""What every long piece of work in this room is given: a way to say how far it is, and a way to be cancelled."""

from __future__ import annotations

from collections.abc import Callable

from guiapp.core.notify import Cancelled

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is (0 where nobody knows yet)."""

Cancel = Callable[[], bool]
"""Answers True once the person has cancelled."""


def no_progress(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def never() -> bool:
    """Nobody cancels."""
    return False


def stop_if(cancel: Cancel) -> None:
    """Raise `Cancelled` once the person has cancelled."""
    if cancel():
        raise Cancelled
