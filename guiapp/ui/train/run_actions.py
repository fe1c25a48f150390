"""What can be done with a run: resume it, export it, delete it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QFile
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from guiapp.core import notify
from guiapp.core.messages import Export, ExportKind
from guiapp.core.runs import RunInfo
from guiapp.ui import asking
from guiapp.ui.services import Services

EXPORTS: tuple[tuple[ExportKind, str, str], ...] = (
    ("keras", "Keras model", ".keras"),
    ("savedmodel", "TensorFlow SavedModel", ""),
    ("tflite", "LiteRT", ".tflite"),
    ("onnx", "ONNX", ".onnx"),
    ("python", "Python code", ".py"),
)


class RunActions:
    """The menu of a run in the list.

    Parameters
    ----------
    page : QWidget
        Over which questions are asked.
    services : Services
        Training, engine and jobs.
    changed : callable
        Called when a run is gone.
    animate : callable
        Opens the export of an animation for a run's folder.
    """

    def __init__(
        self, page: QWidget, services: Services, changed: Callable[[], object], animate: Callable[[Path], object]
    ) -> None:
        self._page, self._services, self._changed, self._animate = page, services, changed, animate

    def menu(self, run: RunInfo) -> QMenu:
        """Return the menu for `run`."""
        training = self._services.training
        running = training.active and training.run == str(run.folder)
        menu = QMenu(self._page)
        resume = menu.addAction("Resume", lambda: training.start(resume=str(run.folder)))
        resume.setEnabled(not training.active and run.reason in ("stopped", "interrupted", "failed"))
        menu.addSeparator()
        menu.addAction("Export animation…", lambda: self._animate(run.folder))
        exports = menu.addMenu("Export network")
        exports.setEnabled(not running)
        for kind, title, suffix in EXPORTS:
            exports.addAction(
                f"{title}…",
                lambda kind=kind, title=title, suffix=suffix: self.export(run, kind, title, suffix),  # type: ignore[misc]
            )
        menu.addSeparator()
        menu.addAction("Show in folder", lambda: self._show(run.folder))
        delete = menu.addAction("Move to trash", lambda: self.delete(run))
        delete.setEnabled(not running)
        return menu

    def _show(self, folder: Path) -> None:
        from guiapp.ui.window import show_in_file_manager

        show_in_file_manager(folder)

    def export(self, run: RunInfo, kind: ExportKind, title: str, suffix: str) -> None:
        """Ask where to, and have the engine write the run's network there."""
        start = str(run.folder.parent.parent / f"{run.name}{suffix}")
        name, _ = QFileDialog.getSaveFileName(self._page, f"Export as {title}", start, f"{title} (*{suffix})")
        if not name:
            return
        notify.info(f"Exporting {title}…")
        self._services.engine.request(
            lambda number: Export(number, str(run.folder), kind, name),
            lambda path: notify.info(f"Written, loaded again and compared: {path}"),
        )

    def delete(self, run: RunInfo) -> None:
        """Move a run to the trash; where there is none, ask before it is gone for good."""

        def done(moved: bool) -> None:
            if moved:
                self._gone(run)
            else:
                self._delete_for_good(run)

        self._services.jobs.run(
            lambda: bool(QFile.moveToTrash(str(run.folder))), done=done, doing="moving the run to the trash"
        )

    def _delete_for_good(self, run: RunInfo) -> None:
        answer = asking.choose(
            self._page,
            f"Delete the run {run.name} for good?",
            "This place has no trash. What is deleted cannot be brought back.",
            ["Delete", "Keep it"],
        )
        if answer == 0:
            self._services.jobs.run(
                lambda: shutil.rmtree(run.folder), done=lambda _nothing: self._gone(run), doing="deleting the run"
            )

    def _gone(self, run: RunInfo) -> None:
        view = self._services.view
        if view.run is not None and view.run.folder == run.folder:
            view.open_run(None, None)
        notify.info(f"The run {run.name} was deleted.")
        self._changed()
