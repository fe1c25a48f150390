"""What can be done with the images that are chosen in the gallery; each change is one undo step."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from guiapp.core import files, notify
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.notify import UserError
from guiapp.data import editing
from guiapp.data.dataset import Dataset
from guiapp.look.icons import set_icon
from guiapp.look.jobs import Jobs
from guiapp.ui.actions import make, tooltip
from guiapp.ui.data.class_edits import clean_name
from guiapp.ui.data.gallery import Gallery
from guiapp.ui.data.relabel import RelabelPopup
from guiapp.ui.data.wall import LEFT_OUT, Rows
from guiapp.ui.form import sentence
from guiapp.ui.pinning import Pinning
from guiapp.ui.predict.images import png
from guiapp.ui.services import Services

NO_FILES = "These images have no files of their own: they lie together in one"
TAKE_BACK = "Ctrl+Z takes it back."
EDIT = "images edited"
"""What messages are about that do not matter any more once the classes or images are changed again."""


class ImageActions(QObject):
    """Actions on the images that are chosen.

    Parameters
    ----------
    services : Services
        The project and its dataset.
    gallery : Gallery
        Where images are chosen.

    Signals
    -------
    opened(int)
        The current image is to be shown large.

    Attributes
    ----------
    open, leave_out, relabel, pin, copy, show_folder, select_all : QAction
        What can be done; their keys work in the widgets to which `add_to` gave them.
    """

    opened = Signal(int)

    def __init__(self, services: Services, gallery: Gallery, parent: QWidget) -> None:
        super().__init__(parent)
        self._services, self._gallery = services, gallery
        self._jobs = Jobs(self)
        self._home = parent
        self.pinning = Pinning(services.session, self)
        self.popup = RelabelPopup(parent)
        self.popup.chosen.connect(self.move_to)
        self.open = make(self, "Open large", lambda: self.opened.emit(gallery.current), icon="zoom-in")
        self.leave_out = make(self, "Leave out", self._leave_out, icon="eye-off", keys="Del")
        self.relabel = make(self, "Relabel…", self.ask_class, icon="tag", keys="L", tip="Move to another class")
        self.pin = make(self, "Pin image", self._pin, icon="pin", keys=("P", "Ctrl+P"))
        self.copy = make(self, "Copy path", self._copy, icon="copy", keys="Ctrl+C")
        self.show_folder = make(self, "Show in folder", self._show_folder, icon="folder")
        self.select_all = make(self, "Select all images", gallery.select_all, keys="Ctrl+A")
        for action in self.all:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        gallery.selection_changed.connect(self.refresh)
        gallery.menu_wanted.connect(self.show_menu)
        gallery.pinned = self._is_pinned
        self.pinning.changed.connect(self._pins_changed)
        self.refresh()

    @property
    def all(self) -> list[QAction]:
        """Every action, in the order of the menu."""
        return [self.open, self.leave_out, self.relabel, self.pin, self.copy, self.show_folder, self.select_all]

    def add_to(self, widget: QWidget) -> None:
        """Have the keys work while `widget` or something in it has the focus."""
        widget.addActions(self.all)

    @property
    def _dataset(self) -> Dataset | None:
        return self._gallery.wall.dataset if self._gallery.wall is not None else None

    @property
    def _settings(self) -> DatasetSettings | None:
        return self._services.session.project.dataset

    def _paths(self) -> list[str]:
        dataset = self._dataset
        return [dataset.paths[row] for row in self._gallery.chosen.tolist()] if dataset is not None else []

    def refresh(self) -> None:
        """Say what would be done now; called when other images are chosen."""
        wall, rows = self._gallery.wall, self._gallery.chosen
        some = wall is not None and len(rows) > 0
        files_ = wall is not None and wall.dataset.source is None
        for action in (self.open, self.leave_out, self.relabel, self.pin):
            action.setEnabled(some)
        for action in (self.copy, self.show_folder):
            action.setEnabled(some and files_)
            action.setToolTip(tooltip(action.text(), action) if files_ or not some else NO_FILES)
        self.select_all.setEnabled(len(self._gallery.rows) > 0)
        self._say_leave_out(back=some and self._all_out(rows))
        self._say_pin(pinned=some and len(rows) <= 64 and all(self._is_pinned(row) for row in rows.tolist()))

    def _all_out(self, rows: Rows) -> bool:
        return self._gallery.wall is not None and bool((self._gallery.wall.marks[rows] & LEFT_OUT).all())

    def _say_leave_out(self, *, back: bool) -> None:
        self.leave_out.setText("Use again" if back else "Leave out")
        words = "Train with these images again" if back else "Train without these images; the files stay"
        self.leave_out.setToolTip(tooltip(words, self.leave_out))
        set_icon(self.leave_out, "eye" if back else "eye-off")

    def _say_pin(self, *, pinned: bool) -> None:
        self.pin.setText("Unpin image" if pinned else "Pin image")
        words = "Stop recording this image's maps" if pinned else "Record this image's maps while training"
        self.pin.setToolTip(tooltip(words, self.pin))
        set_icon(self.pin, "unpin" if pinned else "pin")

    def show_menu(self, where: QPoint) -> None:
        """Show what can be done, at a place of the screen."""
        menu = QMenu(self._home)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.open, self.leave_out, self.relabel, self.pin])
        menu.addSeparator()
        menu.addActions([self.copy, self.show_folder])
        menu.addSeparator()
        menu.addAction(self.select_all)
        menu.popup(where)

    # changes

    def _leave_out(self) -> None:
        settings, wall, rows = self._settings, self._gallery.wall, self._gallery.chosen
        if settings is None or wall is None or not len(rows):
            return
        if self._all_out(rows):
            paths = self._paths()
            self._services.dataset.set_settings(editing.restored(settings, paths), f"use {_some(len(paths))} again")
            notify.info(f"{_these(len(paths))} used again. {TAKE_BACK}", about=EDIT)
            return
        fresh = rows[(wall.marks[rows] & LEFT_OUT) == 0].tolist()
        paths = [wall.dataset.paths[row] for row in fresh]
        self._services.dataset.set_settings(editing.without(settings, paths), f"leave out {_some(len(paths))}")
        text = f"{_these(len(paths))} left out of training. Ctrl+Z, or Delete once more, takes it back."
        notify.info(text, about=EDIT)

    def ask_class(self) -> None:
        """Ask for the class to which the images that are chosen shall belong."""
        rows = self._gallery.chosen
        if self._dataset is not None and len(rows):
            names, where = self._dataset.class_names, self._home.mapToGlobal(_middle(self._home))
            self.popup.ask(len(rows), names, where, self._unused())

    def _unused(self) -> dict[str, int]:
        """Return the classes that are not in use, with how many images each has."""
        settings = self._settings
        used = settings.classes if settings is not None else None
        if used is None:
            return {}
        return {name: count for name, count in self._services.dataset.counts().items() if name not in used}

    def move_to(self, name: str) -> None:
        """Move the images that are chosen to a class, which may be a new one."""
        settings, opened, paths = self._settings, self._services.dataset.dataset, self._paths()
        if settings is None or opened is None or not paths:
            return
        if name not in self._services.dataset.counts():
            try:
                name = clean_name(name)
            except UserError as exc:
                notify.warning(sentence(f"The name {exc.what}"))
                return
        changed = editing.moved(opened, settings, paths, name)
        if changed == settings:
            notify.info(f"{_these(len(paths))} in the class “{name}” already.")
            return
        left = editing.relabelled(opened, changed).class_names
        if sum(changed.classes is None or other in changed.classes for other in left) < 2:
            notify.warning(f"Without these, “{name}” would be the only class. Leave some images in another one.")
            return
        own = self._unused().get(name, 0)
        self._services.dataset.set_settings(changed, f"move {_some(len(paths))} to “{name}”")
        also = f" It is in use now, with its {_some(own)}." if own else ""
        text = f"{_these(len(paths))} now in the class “{name}”; the files stay where they are.{also} {TAKE_BACK}"
        notify.info(text, about=EDIT)

    # pinning

    def _source(self, row: int) -> str:
        dataset = self._dataset
        assert dataset is not None
        return str(dataset.absolute(row)) if dataset.is_file(row) else str(copied_to(dataset, row))

    def _is_pinned(self, row: int) -> bool:
        return bool(self.pinning.pinned) and self._source(row) in self.pinning.pinned

    def _pins_changed(self) -> None:
        self._gallery.viewport().update()
        self.refresh()

    def _pin(self) -> None:
        dataset, rows = self._dataset, self._gallery.chosen[:64].tolist()
        sources = [self._source(row) for row in rows]
        if dataset is None or not sources:
            return
        if all(source in self.pinning.pinned for source in sources):
            self._unpin(sources)
        elif parts := [row for row in rows if not dataset.is_file(row)]:
            done = lambda _nothing: self.pinning.pin(sources)  # noqa: E731
            self._jobs.run(write_copies, dataset, parts, done=done, doing="pinning the image")
        else:
            self.pinning.pin(sources)

    def _unpin(self, sources: list[str]) -> None:
        project = self._services.session.project
        kept = tuple(path for path in project.pinned if path not in sources)
        self._services.session.change(project.model_copy(update={"pinned": kept}), f"unpin {_some(len(sources))}")

    # files

    def _copy(self) -> None:
        dataset, rows = self._dataset, self._gallery.chosen.tolist()
        if dataset is None or dataset.source is not None or not rows:
            return
        # Of many thousand images this takes a while.
        self._jobs.run(addresses, dataset, rows, done=_to_clipboard, key="copy", doing="copying the paths")

    def _show_folder(self) -> None:
        dataset, rows = self._dataset, self._gallery.chosen.tolist()
        if dataset is not None and dataset.source is None and rows:
            path = dataset.absolute(rows[0])
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))):
                notify.warning(f"No file manager was found. The folder is {path.parent}")


def _some(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"


def _these(count: int) -> str:
    return f"{_some(count)} {'is' if count == 1 else 'are'}"


def _middle(widget: QWidget) -> QPoint:
    return QPoint(widget.width() // 2 - 130, widget.height() // 4)


def addresses(dataset: Dataset, rows: list[int]) -> tuple[list[str], list[QUrl]]:
    """Return where images are, as text and as other programs take files."""
    paths = [str(dataset.absolute(row)) for row in rows]
    return paths, [QUrl.fromLocalFile(path) for path in paths]


def _to_clipboard(found: tuple[list[str], list[QUrl]]) -> None:
    paths, urls = found
    mime = QMimeData()
    mime.setText("\n".join(paths))
    mime.setUrls(urls)
    QGuiApplication.clipboard().setMimeData(mime)
    notify.info(f"Copied the {'path' if len(paths) == 1 else f'paths of {len(paths):,} images'}.")


def copied_to(dataset: Dataset, row: int) -> Path:
    """Return where an image that is not the whole of a file is kept once it is pinned."""
    key = hashlib.blake2b(f"{dataset.root}\0{dataset.paths[row]}".encode("utf-8", "surrogatepass"), digest_size=8)
    if dataset.boxes is not None:
        key.update(dataset.boxes[row].tobytes())
    stem = "".join(c if c.isalnum() or c in "-_." else "-" for c in dataset.paths[row].rpartition("/")[2])
    return files.data_dir() / "pinned" / f"{stem[:80]}-{key.hexdigest()}.png"


def write_copies(dataset: Dataset, rows: list[int]) -> None:
    """Write images that are not the whole of a file to the user's data folder."""
    for row in rows:
        files.write_bytes(copied_to(dataset, row), png(dataset.read(row)))
