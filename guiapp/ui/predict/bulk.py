"""Many images in one go: a few questions under way at a time, so that the engine stays answerable."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from guiapp.core import files
from guiapp.core.messages import Predict, Prediction
from guiapp.core.notify import UserError, as_user_error
from guiapp.ui.engine_client import EngineClient

AT_ONCE = 4


@dataclass(frozen=True)
class Row:
    """One image of many: what the network says of it, or why nothing can be said.

    Attributes
    ----------
    path : str
        The image.
    name : str
        Its best class; "" where it is not known.
    probability : float
        Of that class, 0 to 1.
    error : str
        A sentence; "" where there is none.
    """

    path: str
    name: str = ""
    probability: float = 0.0
    error: str = ""

    @property
    def done(self) -> bool:
        """Whether it was asked about."""
        return bool(self.name or self.error)


class Bulk(QObject):
    """Asks about images one after the other.

    Signals
    -------
    answered(int, Row)
        Which image, and what came of it.
    finished(bool)
        All is done; False when it was given up.
    """

    answered = Signal(int, object)
    finished = Signal(bool)

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._paths: Sequence[str] = ()
        self._run: str | None = None
        self._next = 0
        self._under_way: dict[int, int] = {}
        self.running = False

    def start(self, paths: Sequence[str], run: str | None) -> None:
        """Ask about all of `paths`; whatever was under way is given up."""
        self._drop()
        self._paths, self._run, self._next, self.running = paths, run, 0, True
        for _ in range(AT_ONCE):
            self._ask()

    def cancel(self) -> None:
        """Give up what is left; answers that came stay."""
        if self.running:
            self._drop()
            self.running = False
            self.finished.emit(False)

    def _drop(self) -> None:
        under_way, self._under_way = self._under_way, {}
        for number in under_way.values():
            self._engine.forget(number)

    def _ask(self) -> None:
        if self._next >= len(self._paths):
            if self.running and not self._under_way:
                self.running = False
                self.finished.emit(True)
            return
        row, self._next = self._next, self._next + 1
        path, run = self._paths[row], self._run

        def done(prediction: Prediction) -> None:
            self._settle(row, Row(path, prediction.classes[0], prediction.probabilities[0]))

        def failed(exc: BaseException) -> None:
            error = as_user_error(exc, doing="asking the network")
            # The table names the image already.
            told = UserError(error.what, where="" if error.where == path else error.where, mend=error.mend)
            self._settle(row, Row(path, error=told.sentence[:1].upper() + told.sentence[1:]))

        self._under_way[row] = self._engine.request(lambda number: Predict(number, path, run, 1), done, failed)

    def _settle(self, row: int, result: Row) -> None:
        if self._under_way.pop(row, None) is None:
            return
        self.answered.emit(row, result)
        self._ask()


def to_csv(rows: Iterable[Row]) -> str:
    """Return rows as CSV with a header; probabilities from 0 to 1."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["image", "class", "probability", "error"])
    for row in rows:
        writer.writerow([row.path, row.name, f"{row.probability:.6f}" if row.name else "", row.error])
    return out.getvalue()


def write_csv(path: str, rows: Sequence[Row]) -> str:
    """Write rows as CSV, whole or not at all; returns the path.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    target = Path(path)
    if not target.suffix:
        target = target.with_suffix(".csv")
    files.write_text(target, to_csv(rows))
    return str(target)
