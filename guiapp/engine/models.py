"""The networks of runs that were asked lately, kept ready."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from guiapp.core.messages import Which
from guiapp.core.runs import RunReader
from guiapp.engine.live import LiveModel, load_run

T = TypeVar("T")
KEPT = 3


class Models:
    """Loads networks of runs on demand; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int | None, Which], tuple[int, LiveModel]] = OrderedDict()

    def ask(self, run: str, step: int | None, question: Callable[[LiveModel], T], which: Which = "latest") -> T:
        """Return ``question(network)`` of a run, at `step` or at its latest or best checkpoint.

        Raises
        ------
        UserError
            As `load_run`.
        Exception
            Whatever `question` raises.
        """
        with self._lock:  # one at a time: a model is used by one thread, and loading takes memory
            return question(self._get(run, step, which))

    def _get(self, run: str, step: int | None, which: Which) -> LiveModel:
        key = (str(Path(run).resolve()), step, which)
        path = RunReader(run).checkpoint(which)
        stamp = path.stat().st_mtime_ns if path is not None else 0
        kept = self._kept.get(key)
        if kept is None or kept[0] != stamp:
            kept = (stamp, load_run(run, step, which))
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return kept[1]
