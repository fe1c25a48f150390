"""One question to the engine at a time: a newer one takes the older one's place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guiapp.core.messages import Request
from guiapp.core.notify import Cancelled, UserError, as_user_error
from guiapp.ui.engine_client import EngineClient

Failing = Callable[[UserError], None]


class Slot:
    """A place for one request; whoever asks anew drops what was under way, and its answer with it.

    Parameters
    ----------
    engine : EngineClient
        Who is asked.
    """

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._number: int | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._number is not None

    def ask(
        self,
        make: Callable[[int], Request],
        done: Callable[[Any], None],
        failed: Failing,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        """Ask; one of `done` and `failed` is called later, unless something else is asked or dropped before.

        What was cancelled fails with an empty `UserError`.
        """
        self.drop()

        def answered(value: Any) -> None:
            self._number = None
            done(value)

        def refused(exc: BaseException) -> None:
            self._number = None
            failed(UserError("") if isinstance(exc, Cancelled) else as_user_error(exc, doing="asking the network"))

        self._number = self._engine.request(make, answered, refused, progress)

    def cancel(self) -> None:
        """Ask the engine to give it up; it then fails."""
        self._engine.cancel(self._number)

    def drop(self) -> None:
        """Give up what is under way; nothing is called for it."""
        number, self._number = self._number, None
        self._engine.forget(number)
