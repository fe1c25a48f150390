"""The list of runs: when, how long, how well, how it ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from guiapp.core.runs import RunInfo
from guiapp.look.theme import theme
from guiapp.look.tokens import SECONDARY

ROW = 48
CHECK = 24
Index = QModelIndex | QPersistentModelIndex
ENDED = {"completed": "completed", "stopped": "stopped", "interrupted": "unfinished", "failed": "failed"}
STAMP = "%Y-%m-%dT%H-%M-%S"


def when_and_name(folder: str) -> tuple[str, str]:
    """Return when a run began, in words, and its name, from its folder's name; ("", folder) where it has another."""
    try:
        time = datetime.strptime(folder[:19], STAMP)
    except ValueError:
        return "", folder
    return f"{time.day} {time:%b}, {time:%H:%M}", folder[20:]


def figures(info: RunInfo) -> str:
    """Return steps, accuracy and end of a run on one line."""
    words = [f"{info.steps:,} step{'s' * (info.steps != 1)}"]
    accuracy = info.val_accuracy if math.isfinite(info.val_accuracy) else info.accuracy
    if math.isfinite(accuracy):
        words.append(f"{accuracy * 100:.1f} %")
    words.append(ENDED.get(info.reason or "", "running"))
    return " · ".join(words)


class RunModel(QAbstractListModel):
    """The runs, the newest first; a tick draws a run's curves behind those that are shown.

    Signals
    -------
    ticked()
        Other runs are ticked.
    """

    ticked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs: list[RunInfo] = []
        self.overlaid: set[Path] = set()
        self.shown: Path | None = None

    def set_runs(self, runs: Sequence[RunInfo]) -> None:
        """Show these."""
        runs = list(runs)
        if [run.folder for run in runs] == [run.folder for run in self.runs]:
            self.runs = runs
            if runs:
                self.dataChanged.emit(self.index(0), self.index(len(runs) - 1))
        else:
            self.beginResetModel()
            self.runs = runs
            self.endResetModel()
        gone = self.overlaid - {run.folder for run in runs}
        if gone:
            self.overlaid -= gone
            self.ticked.emit()

    def set_shown(self, folder: Path | None) -> None:
        """Mark the run that is looked at."""
        if folder != self.shown:
            self.shown = folder
            if self.runs:
                self.dataChanged.emit(self.index(0), self.index(len(self.runs) - 1))

    def row_of(self, folder: Path) -> int:
        """Return where a run is, -1 when it is not there."""
        return next((i for i, run in enumerate(self.runs) if run.folder == folder), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many there are."""
        return 0 if parent.isValid() else len(self.runs)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Allow choosing and ticking."""
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what Qt asks of a run."""
        run = self.runs[index.row()]
        when, name = when_and_name(run.name)
        if role == Qt.ItemDataRole.DisplayRole:
            return when or name
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if run.folder in self.overlaid else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{run.folder}\nThe tick draws its curves behind those that are shown."
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{when} {name}: {figures(run)}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick, or untick."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        folder = self.runs[index.row()].folder
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self.overlaid.add(folder)
        else:
            self.overlaid.discard(folder)
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True


class _Rows(QStyledItemDelegate):
    """Two lines a run."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, RunModel)
        run = model.runs[index.row()]
        bare = QStyleOptionViewItem(option)
        self.initStyleOption(bare, index)
        bare.text = ""
        bare.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        style = bare.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, bare, painter, bare.widget)
        painter.save()
        box = QStyleOptionViewItem(bare)
        box.rect = self.box(option.rect)
        box.state &= ~QStyle.StateFlag.State_HasFocus
        box.state |= QStyle.StateFlag.State_On if run.folder in model.overlaid else QStyle.StateFlag.State_Off
        style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck, box, painter, bare.widget)
        self._words(painter, option.rect.adjusted(CHECK + 12, 6, -8, -6), run, shown=run.folder == model.shown)
        painter.restore()

    @staticmethod
    def box(rect: QRect) -> QRect:
        """Return where the tick is in a row."""
        return QRect(rect.left() + 8, rect.center().y() - 7, 16, 16)

    @staticmethod
    def _words(painter: QPainter, rect: QRect, run: RunInfo, *, shown: bool) -> None:
        when, name = when_and_name(run.name)
        font = QFont(painter.font())
        font.setBold(shown)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        first = " · ".join(part for part in (when, name) if part)
        metrics = painter.fontMetrics()
        painter.drawText(
            rect, Qt.AlignmentFlag.AlignTop, metrics.elidedText(first, Qt.TextElideMode.ElideRight, rect.width())
        )
        font.setBold(False)
        font.setPixelSize(SECONDARY)
        painter.setFont(font)
        painter.setPen(theme.color("bad" if run.reason == "failed" else "secondary"))
        second = painter.fontMetrics().elidedText(figures(run), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignBottom, second)

    def editorEvent(self, event: Any, model: Any, option: QStyleOptionViewItem, index: Index) -> bool:
        """Tick with the mouse in the box, or with the space bar."""
        from PySide6.QtCore import QEvent

        kind = event.type()
        hit = kind == QEvent.Type.MouseButtonRelease and self.box(option.rect).adjusted(-6, -8, 6, 8).contains(
            event.position().toPoint()
        )
        if hit or (kind == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Space):
            on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
            state = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
            return bool(model.setData(index, state, Qt.ItemDataRole.CheckStateRole))
        return False


class RunList(QListView):
    """The list; a click or Return shows a run, the right mouse button opens its menu.

    Signals
    -------
    chosen(object)
        The `Path` of the run to show.
    menu_wanted(object, QPoint)
        The `RunInfo` and the place on the screen where its menu belongs.
    """

    chosen = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunModel(self)
        self.setModel(self.runs)
        self.setItemDelegate(_Rows(self))
        self.setUniformItemSizes(True)
        self.setAccessibleName("Runs")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.clicked.connect(self._chosen)
        self.activated.connect(self._chosen)

    def current(self) -> RunInfo | None:
        """Return the run that is selected."""
        index = self.currentIndex()
        return self.runs.runs[index.row()] if index.isValid() else None

    def mark(self, folder: Path | None) -> None:
        """Mark the run that is looked at, and select it."""
        self.runs.set_shown(folder)
        row = self.runs.row_of(folder) if folder is not None else -1
        if row >= 0:
            self.setCurrentIndex(self.runs.index(row))

    def _chosen(self, index: QModelIndex) -> None:
        self.chosen.emit(self.runs.runs[index.row()].folder)

    def _menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_wanted.emit(self.runs.runs[index.row()], self.viewport().mapToGlobal(at))
