"""A folder of images as a table: thumbnail, class, probability, problem; sortable, exported as CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from guiapp.core import notify
from guiapp.look import heading as words
from guiapp.look.busy import ProgressStrip
from guiapp.look.elide import ElidedLabel
from guiapp.look.icons import set_icon
from guiapp.look.jobs import Jobs
from guiapp.look.tables import tidy
from guiapp.look.theme import tabular
from guiapp.ui.predict.bulk import Bulk, Row, write_csv
from guiapp.ui.predict.images import find_images
from guiapp.ui.predict.rows import SORT, THUMB, Rows
from guiapp.ui.services import Services


class Table(QWidget):
    """Finds the images, asks about each, and shows what came of it.

    Signals
    -------
    opened(str)
        The person wants to see one image alone.
    left()
        The person is done with the table.
    """

    opened = Signal(str)
    left = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self.model = Rows(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT)
        self.bulk = Bulk(services.engine, self)
        self.bulk.answered.connect(self._answered)
        self.bulk.finished.connect(self._finished)
        self._run: str | None = None
        self._done = 0
        self.view = self._make_view()
        self.summary = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self.problem = words.problem()
        self.problem.hide()
        self.progress = ProgressStrip()
        self.progress.cancelled.connect(self.cancel)
        self.back = QPushButton("Back to one image")
        set_icon(self.back, "image")
        self.back.clicked.connect(self.left)
        self.export = QPushButton("Export CSV…")
        set_icon(self.export, "export")
        self.export.clicked.connect(self.choose_export)
        self.export.setEnabled(False)
        self._lay_out()

    def _lay_out(self) -> None:
        self.title: QLabel = words.heading()
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.title)
        top.addWidget(self.summary, 1)
        top.addWidget(self.progress, 1)
        top.addWidget(self.back)
        top.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.problem)
        column.addWidget(self.view, 1)

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self._sorted)
        view.setSortingEnabled(True)
        view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        tidy(view, 0)
        view.setIconSize(QSize(THUMB, THUMB))
        view.verticalHeader().setDefaultSectionSize(THUMB + 8)
        view.setSelectionMode(view.SelectionMode.SingleSelection)
        view.setEditTriggers(view.EditTrigger.NoEditTriggers)
        view.setFont(tabular(view.font()))
        view.setAccessibleName("Images and their classes")
        for column, width in ((1, 200), (2, 120), (3, 480)):
            view.horizontalHeader().resizeSection(column, width)
        view.setColumnHidden(3, True)
        view.doubleClicked.connect(lambda index: self._open(index.row()))
        view.installEventFilter(self)
        return view

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the chosen image on Return."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            row = self.view.currentIndex().row()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
                self._open(row)
                return True
        return False

    def _open(self, row: int) -> None:
        self.opened.emit(self.model.rows[self._sorted.mapToSource(self._sorted.index(row, 0)).row()].path)

    # Asking

    def start(self, paths: Sequence[str], run: str | None) -> None:
        """Find the images in files and folders and ask the network of `run` about each."""
        self.bulk.cancel()
        self._run = run
        self.model.set_paths([])
        self.problem.hide()
        self.summary.setText("")
        self.title.setText("Looking for images")
        self._set_busy(True)
        self.progress.start("Looking for images…")
        self._jobs.run(
            find_images,
            list(paths),
            done=self._found,
            failed=self._not_found,
            progress=lambda count: self.progress.set_text(f"Looking for images… {count:,}"),
            key="find images",
        )

    def again(self, run: str | None) -> None:
        """Ask another network about the same images."""
        self._run = run
        self._found([row.path for row in self.model.rows])

    def cancel(self) -> None:
        """Give up what is under way; answers that came stay."""
        self._jobs.cancel("find images")
        if self.bulk.running:
            self.bulk.cancel()
        else:
            self._finished(False)

    def _found(self, paths: list[str]) -> None:
        self._done = 0
        self.view.setColumnHidden(3, True)
        self.model.set_paths(paths)
        self.title.setText(f"{len(paths):,} images" if len(paths) != 1 else "1 image")
        self._sorted.setDynamicSortFilter(False)
        self._set_busy(True)
        self.progress.start("Asking the network…", len(paths))
        self.bulk.start(paths, self._run)

    def _not_found(self, exc: BaseException) -> None:
        self.title.setText("No images")
        self.problem.setText(notify.as_user_error(exc, doing="looking for images").sentence)
        self.problem.show()
        self._finished(False)

    def _answered(self, at: int, row: Row) -> None:
        self.model.set_row(at, row)
        if row.error:
            self.view.setColumnHidden(3, False)
        self._done += 1
        total = len(self.model.rows)
        self.progress.advance(self._done, total, f"Asking the network… {self._done:,} of {total:,}")

    def _finished(self, whole: bool) -> None:
        self.progress.finish()
        self._sorted.setDynamicSortFilter(True)
        self._set_busy(False)
        self.summary.setText(self._words(whole))

    def _set_busy(self, busy: bool) -> None:
        self.summary.setVisible(not busy)
        self.export.setEnabled(not busy and any(row.done for row in self.model.rows))

    def _words(self, whole: bool) -> str:
        rows = self.model.rows
        counts = Counter(row.name for row in rows if row.name)
        parts = [f"{name} {count:,}" for name, count in counts.most_common(6)]
        if len(counts) > 6:
            parts.append(f"{len(counts) - 6:,} more classes")
        bad = sum(bool(row.error) for row in rows)
        if bad:
            parts.append(f"{bad:,} could not be read")
        if rows and not whole:
            parts.append(f"cancelled after {sum(row.done for row in rows):,}")
        return " · ".join(parts)

    # Export

    def choose_export(self) -> None:
        """Ask where the table goes."""
        dialog = QFileDialog(self, "Export the table", "predictions.csv", "Comma-separated values (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def export_to(self, path: str) -> None:
        """Write the table at `path` as CSV, in the order that is shown."""
        order = [self._sorted.mapToSource(self._sorted.index(i, 0)).row() for i in range(self._sorted.rowCount())]
        rows = [self.model.rows[i] for i in order]
        self._jobs.run(
            write_csv,
            path,
            rows,
            done=lambda written: notify.info(f"The table was written to {written}."),
            doing="exporting the table",
        )
