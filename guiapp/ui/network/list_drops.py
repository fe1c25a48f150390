"""What is dropped on the list of layers: copied layers as text or as a file, and blocks of the library."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent

from guiapp.core import notify
from guiapp.core.notify import UserError, printable
from guiapp.look.drop import local_paths
from guiapp.ui.network import library
from guiapp.ui.network.editing import MAX_TEXT, Copied, from_text
from guiapp.ui.network.library_shelf import MIME
from guiapp.ui.network.transfer import Transfer

if TYPE_CHECKING:
    from guiapp.ui.network.page import NetworkPage

DROPPED = "What was dropped"


def read_layers(path: Path) -> Copied | None:
    """Return the layers in a file; None where it is another kind of JSON.

    Raises
    ------
    OSError
        When it cannot be read.
    UserError
        When it holds wrong layers.
    """
    with path.open("rb") as file:
        text = file.read(MAX_TEXT + 1).decode("utf-8", "replace")
    # Each layer that this program copies names its kind; Keras' JSON has no such word.
    return from_text(text, printable(path.name)) if '"kind"' in text else None


class ListDrops(QObject):
    """Takes what is dropped on the list of a page, where it is dropped.

    Other files are left to the page, which imports networks.

    Parameters
    ----------
    page : NetworkPage
        The page; also its parent.
    """

    def __init__(self, page: NetworkPage) -> None:
        super().__init__(page)
        self._page = page
        place = page.list.viewport()
        place.setAcceptDrops(True)
        place.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take part in drags over the list."""
        if event.type() == QEvent.Type.DragLeave:
            self._page.list.land()
            return True
        if not isinstance(event, QDropEvent):
            return False
        if not takes(event.mimeData()):
            event.ignore()
            return True
        at = self._page.list.hover(event.position().toPoint())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if not isinstance(event, QDragMoveEvent):
            self._page.list.land()
            self.take(event.mimeData(), at)
        return True

    def take(self, mime: QMimeData, at: int) -> None:
        """Put what was dropped above the row at `at`."""
        paths = local_paths(mime)
        if mime.hasFormat(MIME):
            stored = library.shelf(self._page).named(bytes(mime.data(MIME).data()).decode())
            if stored is not None:
                library.insert(self._page, stored, at)
        elif paths:
            done = partial(self._read, paths[0], at)
            self._page.services.jobs.run(read_layers, paths[0], done=done, doing=f"reading {paths[0].name}")
        else:
            try:
                self._page.state.put(from_text(mime.text(), DROPPED), at)
            except UserError as exc:
                notify.warning(exc.sentence)

    def _read(self, path: Path, at: int, found: Copied | None) -> None:
        if not shiboken6.isValid(self._page):
            return
        if found is not None:
            self._page.state.put(found, min(at, len(self._page.state.network.layers)))
            return
        transfer = self._page.findChild(Transfer)
        if transfer is not None:
            transfer.take(path)


def takes(mime: QMimeData) -> bool:
    """Whether something may be dropped on the list: one JSON file, text that looks like JSON, or a block."""
    if mime.hasFormat(MIME):
        return True
    if mime.hasUrls():
        paths = local_paths(mime)
        return len(paths) == len(mime.urls()) == 1 and paths[0].suffix.lower() == ".json"
    return mime.hasText() and mime.text().lstrip()[:1] in ("{", "[")
