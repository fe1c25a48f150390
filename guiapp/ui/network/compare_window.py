"""Two networks side by side, in a window of its own that follows the present network as it changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from guiapp.core import files, notify
from guiapp.core.compare import Comparison, compare, compare_training
from guiapp.core.differences import Difference
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import as_user_error
from guiapp.look import heading as words
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.heading import hairline
from guiapp.look.icons import set_icon
from guiapp.look.jobs import Jobs
from guiapp.ui.network.compare_pair import SidePair
from guiapp.ui.network.compare_table import CompareTable
from guiapp.ui.network.compare_totals import TotalsGrid
from guiapp.ui.network.compare_words import summary, table, to_csv, to_text, training_words
from guiapp.ui.network.state import NetworkState
from guiapp.ui.services import Services

SIZE = (1120, 680)
SIZE_KEY, ONLY_KEY, FLAT_KEY = "compare/size", "compare/only", "compare/flat"
AFTER_MS = 30
EMPTY_TEXT = (
    "See what changed: which layers were added, removed or set otherwise, with the shapes and costs of both. "
    "A run, a saved project, a template or a network of your library can stand beside this one."
)
CSV = "Comma-separated values (*.csv)"


class CompareWindow(QDialog):
    """Choices on top, then totals, then the layers.

    Parameters
    ----------
    services : Services
        Session, runs and settings.
    state : NetworkState
        The present network.
    """

    def __init__(self, services: Services, state: NetworkState, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Compare networks")
        self._services, self._state = services, state
        self._jobs = Jobs(self)
        self.found: Comparison | None = None
        self._training: tuple[Difference, ...] | None = None
        self.sides = SidePair(services)
        self.totals, self.table = TotalsGrid(), CompareTable()
        self.only, self.flat = QCheckBox("Only differences"), QCheckBox("Look inside blocks")
        self.summary = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self.training = words.secondary()
        self.problem = words.problem()
        self.copy_button, self.export_button = QPushButton("Copy"), QPushButton("Export CSV…")
        self.empty = EmptyState("compare", "Choose what to compare with", EMPTY_TEXT)
        self._body = QWidget()
        self._stack = QStackedLayout()
        self._lay_out()
        self._timer = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._timer.timeout.connect(self._compare)
        self._connect()
        self._restore()
        self.sides.begin()

    # Layout

    def _lay_out(self) -> None:
        set_icon(self.copy_button, "copy")
        set_icon(self.export_button, "export")
        self.flat.setToolTip("Compare the layers that blocks stand for, instead of the fields of the blocks")
        tools = _row(self.only, self.flat, self.summary, self.copy_button, self.export_button, stretched=(2,))
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(12)
        for part in (self.totals, self.training, hairline(), tools):
            body.addWidget(part) if isinstance(part, QWidget) else body.addLayout(part)
        body.addWidget(self.table, 1)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.sides)
        column.addWidget(self.problem)
        column.addLayout(self._stack, 1)
        self.problem.hide()
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)

    def _connect(self) -> None:
        self.sides.changed.connect(self._sides_changed)
        self.sides.failed.connect(self._failed)
        self.only.toggled.connect(self._show_rows)
        self.flat.toggled.connect(self._later)
        self.copy_button.clicked.connect(self.copy)
        self.export_button.clicked.connect(self.choose_export)
        self.table.clicked.connect(self._go_to)
        self.table.activated.connect(self._go_to)
        self.empty.add_button("Choose…", self.sides.buttons[0].button.showMenu, primary=True)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.activated.connect(self.copy)

    def _restore(self) -> None:
        self.resize(*SIZE)
        size = self._services.settings.value(SIZE_KEY)
        if isinstance(size, QByteArray):
            self.restoreGeometry(size)
        for box, key in ((self.only, ONLY_KEY), (self.flat, FLAT_KEY)):
            box.setChecked(str(self._services.settings.value(key, "false")) == "true")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the size and the ticks."""
        self._remember()
        super().closeEvent(event)

    def reject(self) -> None:
        """Close on Escape."""
        self._remember()
        super().reject()

    def _remember(self) -> None:
        settings = self._services.settings
        settings.setValue(SIZE_KEY, self.saveGeometry())
        settings.setValue(ONLY_KEY, "true" if self.only.isChecked() else "false")
        settings.setValue(FLAT_KEY, "true" if self.flat.isChecked() else "false")

    # The comparison

    def _sides_changed(self) -> None:
        self.problem.hide()
        self.table.rows.show_titles(*self.sides.titles())
        self._later()

    def _failed(self, exc: BaseException) -> None:
        self.problem.setText(as_user_error(exc, doing="comparing the networks").sentence)
        self.problem.show()

    def _later(self) -> None:
        self._timer.start()

    def _compare(self) -> None:
        a, b = self.sides.sides
        if a is None or b is None:
            self._stack.setCurrentWidget(self.empty)
            return
        one, two, opened = a.network, b.network, self.flat.isChecked()
        self._training = compare_training(a.training, b.training)
        self._jobs.run(lambda: _compared(one, two, opened=opened), done=self._show, failed=self._failed, key="compare")

    def _show(self, found: Comparison) -> None:
        self.found = found
        self._stack.setCurrentWidget(self._body)
        self.totals.show_totals(found.totals)
        self.summary.setText(summary(found))
        self.training.setText(training_words(self._training))
        self.training.setVisible(self._training is not None)
        self._show_rows()

    def _show_rows(self) -> None:
        if self.found is not None:
            rows = [row for row in self.found.rows if row.state != "same" or not self.only.isChecked()]
            self.table.show_rows(rows)

    def _go_to(self) -> None:
        """Choose the layer of the present network on the page."""
        row = self.table.current()
        side = self.sides.now()
        if row is None or side is None:
            return
        info, at = ((row.a, row.at_a), (row.b, row.at_b))[side]
        names = [layer.name for layer in self._state.network.layers]
        if info is not None and info.layer.name in names:
            held = 0 <= at < len(names) and names[at] == info.layer.name
            self._state.select((at if held else names.index(info.layer.name),))

    # Out

    def cells(self) -> list[tuple[str, ...]]:
        """Return what is shown as cells."""
        return table(self.found, self.table.rows.rows, self.sides.titles()) if self.found is not None else []

    def copy(self) -> None:
        """Put what is shown on the clipboard."""
        if self.found is not None:
            QGuiApplication.clipboard().setText(to_text(self.cells()))
            notify.info("The comparison is on the clipboard, as a table.")

    def choose_export(self) -> None:
        """Ask where the table goes."""
        dialog = QFileDialog(self, "Export the comparison", "comparison.csv", CSV)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def export_to(self, path: str) -> None:
        """Write what is shown at `path` as CSV."""
        text = to_csv(self.cells())

        def write() -> str:
            files.write_text(Path(path), text)
            return path

        self._jobs.run(write, done=_written, failed=self._failed)


def _compared(one: NetworkSpec, two: NetworkSpec, *, opened: bool) -> Comparison:
    found = compare(one, two, opened=opened)
    _ = found.counts  # worked out here, not on the window's thread
    return found


def _written(path: str) -> None:
    notify.info(f"The comparison was written to {path}.")


def _row(*parts: QWidget, stretched: Sequence[int]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(12)
    for i, part in enumerate(parts):
        row.addWidget(part, 1 if i in stretched else 0)
    return row
