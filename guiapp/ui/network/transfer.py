"""Importing a network from a file, and exporting the project as a Python script, from the Network page's menu."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from guiapp.core import notify
from guiapp.core.keras_files import SUFFIXES, Imported, Refused, read
from guiapp.core.messages import ExportScript
from guiapp.core.notify import printable
from guiapp.core.project import slug
from guiapp.look.drop import DropTarget
from guiapp.look.icons import set_icon
from guiapp.ui.network.import_dialog import ImportDialog
from guiapp.ui.network.import_refused import RefusedDialog
from guiapp.ui.network.mending import tell_undoable

if TYPE_CHECKING:
    from guiapp.ui.network.page import NetworkPage

TITLE = "Import and export"
FILES = f"Networks ({' '.join(f'*{suffix}' for suffix in SUFFIXES)})"
SCRIPTS = "Python scripts (*.py)"
FOLDER_KEY = "network/transfer_folder"
READING = "network/import"


def extra(page: NetworkPage) -> tuple[str, list[QAction]]:
    """Return the title of the menu and its actions; files may then also be dropped on the page."""
    transfer = Transfer(page)
    take = QAction("Import a network…", page)
    take.setToolTip("From a model that Keras saved, its JSON, a script that builds one, or another project")
    set_icon(take, "open")
    take.triggered.connect(lambda _checked=False: transfer.choose())
    give = QAction("Export Python script…", page)
    give.setToolTip(
        "A script that builds and trains this network with Keras alone; it can be changed and imported again"
    )
    set_icon(give, "export")
    give.triggered.connect(lambda _checked=False: transfer.export())
    DropTarget(page).pathsDropped.connect(transfer.dropped)
    return TITLE, [take, give]


class Transfer(QObject):
    """Reads files off the window's thread, and asks the engine for scripts.

    Parameters
    ----------
    page : NetworkPage
        Whose network it is; also its parent.
    """

    def __init__(self, page: NetworkPage) -> None:
        super().__init__(page)
        self._page = page
        self._services = page.services

    def choose(self) -> None:
        """Ask for a file, and import it."""
        name, _ = QFileDialog.getOpenFileName(self._page, "Import a network", self._folder(), FILES)
        if name:
            self.take(Path(name))

    def dropped(self, paths: list[Path]) -> None:
        """Import the one file that was dropped."""
        if len(paths) == 1:
            self.take(paths[0])
        else:
            notify.warning(f"{len(paths)} files were dropped; a network is imported from one. Drop only that one.")

    def take(self, path: Path) -> None:
        """Read a file; what it holds becomes the network, once what is left out has been told."""
        self._remember(path)
        self._read(path, leave_out=False)

    def _read(self, path: Path, *, leave_out: bool) -> None:
        self._services.jobs.run(
            lambda: read(path, leave_out=leave_out),
            done=lambda found: self._show(found, path),
            failed=lambda exc: self._refused(exc, path),
            key=READING,
        )

    def _refused(self, exc: BaseException, path: Path) -> None:
        """Tell why a file cannot be imported, and offer to import what can be where layers are the reason."""
        if not isinstance(exc, Refused) or not shiboken6.isValid(self._page):
            notify.report(exc, doing=f"reading {path.name}")
            return
        dialog = RefusedDialog(exc, printable(path.name), lambda: self._read(path, leave_out=True), self._page)
        dialog.open()

    def export(self) -> None:
        """Ask where the script goes, and have it written."""
        project = self._services.session.project
        place = str(Path(self._folder(), f"{slug(project.name)}.py"))
        name, _ = QFileDialog.getSaveFileName(self._page, "Export Python script", place, SCRIPTS)
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(f"{name}.py")
        self._remember(path)
        notify.info("Writing the script…", about="network/script")
        self._services.engine.request(
            lambda number: ExportScript(number, self._services.session.project, str(path)), _written, _failed
        )

    def _folder(self) -> str:
        kept = self._services.settings.value(FOLDER_KEY, "")
        if isinstance(kept, str) and kept:
            return kept
        path = self._services.session.path
        return str(path.parent if path is not None else Path.home())

    def _remember(self, path: Path) -> None:
        self._services.settings.setValue(FOLDER_KEY, str(path.parent))

    def _show(self, found: Imported, path: Path) -> None:
        if not shiboken6.isValid(self._page):
            return
        present = self._services.session.project.training
        training = {name: value for name, value in found.training.items() if getattr(present, name) != value}
        name = printable(path.name)
        if not found.notes and not training:
            self._apply(found, name, {})
            return
        dialog = ImportDialog(
            found, name, training, lambda wanted: self._apply(found, name, training if wanted else {}), self._page
        )
        dialog.open()

    def _apply(self, found: Imported, name: str, training: Mapping[str, Any]) -> None:
        session = self._services.session
        settings = session.project.training.model_copy(update=dict(training))
        session.change(
            session.project.model_copy(update={"network": found.network, "training": settings}), f"import {name}"
        )
        text = f"{name} took the place of the network{' and of training settings' if training else ''}."
        tell_undoable(self._page, text)


def _written(made: object) -> None:
    notify.clear("network/script")
    notify.info(f"The script is written: {made}")


def _failed(exc: BaseException) -> None:
    notify.clear("network/script")
    notify.report(exc, doing="exporting")
