"""What is dropped or pasted: files and folders of this computer, or the picture itself (from a browser)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage, QPixmap
from PySide6.QtWidgets import QWidget

from guiapp.core import notify
from guiapp.look.heading import set_property
from guiapp.look.pixels import Bytes, from_qimage

REMOTE = (
    "The browser handed over only the picture's address, and this program never goes online by itself. "
    "Save the picture first, or copy it and paste it here."
)


def local_paths(mime: QMimeData) -> list[Path]:
    """Return the files and folders of this computer that `mime` names."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def image_of(mime: QMimeData) -> Bytes | None:
    """Return the picture that `mime` itself holds as (h, w, 3) uint8 RGB, or None."""
    if not mime.hasImage():
        return None
    data = mime.imageData()
    image = data.toImage() if isinstance(data, QPixmap) else data
    if not isinstance(image, QImage) or image.isNull():
        return None
    return from_qimage(image)


class DropTarget(QObject):
    """Makes a widget accept files, folders and pictures.

    Local files come first; the picture itself counts where there are none. A mere web address is refused in words.

    Parameters
    ----------
    widget : QWidget
        Where things may be dropped; it has the property ``dropping`` while something hovers over it.

    Signals
    -------
    pathsDropped(list of Path)
        Files and folders of this computer.
    imageDropped(object)
        A picture, (h, w, 3) uint8 RGB.
    """

    pathsDropped = Signal(list)
    imageDropped = Signal(object)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.setAcceptDrops(True)
        widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take part in the widget's drag and drop."""
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._hovering(False)
            if self.take(event.mimeData()):
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
            return True
        if isinstance(event, (QDragEnterEvent, QDragMoveEvent)):
            if self._takes(event.mimeData()):
                self._hovering(True)
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
            else:
                event.ignore()
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._hovering(False)
        return False

    def take(self, mime: QMimeData | None) -> bool:
        """Take what was dropped, or what lies on the clipboard; returns whether it was of use."""
        if mime is None:
            return False
        paths = local_paths(mime)
        if paths:
            self.pathsDropped.emit(paths)
            return True
        image = image_of(mime)
        if image is not None:
            self.imageDropped.emit(np.ascontiguousarray(image))
            return True
        if mime.hasUrls():
            notify.warning(REMOTE)
        return False

    @staticmethod
    def _takes(mime: QMimeData) -> bool:
        return mime.hasUrls() or mime.hasImage()

    def _hovering(self, on: bool) -> None:
        set_property(self._widget, "dropping", on)
