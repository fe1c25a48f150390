"""What panels have in common: choosers of layer, image and colours, and the stage that tiles are shown on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeySequence, QMouseEvent, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from guiapp.core.colormaps import NAMES, colormap
from guiapp.look.chooser import Chooser
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.icons import set_icon
from guiapp.look.pixels import to_qimage
from guiapp.look.tiles import TileGrid
from guiapp.visuals.context import Scale, ViewContext

Bytes = NDArray[np.uint8]
SCALES: tuple[tuple[Scale, str], ...] = (("each", "Each has its own scale"), ("fixed", "One scale for the layer"))


def as_rgb(image: Bytes) -> Bytes:
    """Return an image (H, W, 1) or (H, W, 3) as (H, W, 3)."""
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def swatch(name: str, width: int = 48, height: int = 14) -> QIcon:
    """Return a colormap as an icon."""
    return QIcon(QPixmap.fromImage(to_qimage(np.repeat(colormap(name)[None], height, axis=0))).scaled(width, height))


class PinChooser(Chooser):
    """The pinned images, each with its picture."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__("Pinned image", 8, parent)
        self._context = context
        self._images: tuple[Bytes, ...] | None = None
        self.setIconSize(QSize(20, 20))
        self.chosen.connect(context.set_pin)

    def show_images(self, images: tuple[Bytes, ...]) -> None:
        """Show the images as the network sees them."""
        if images is not self._images:
            self._images = images
            self.clear()
            self.set_entries([self._word(i) for i in range(len(images))], 0)
            for i, image in enumerate(images):
                pixmap = QPixmap.fromImage(to_qimage(as_rgb(image)))
                self.setItemIcon(i, QIcon(pixmap))
        self.setCurrentIndex(min(self._context.pin, len(images) - 1))

    def _word(self, index: int) -> str:
        paths = self._context.pinned
        return PurePath(paths[index]).stem if index < len(paths) else f"image {index + 1}"


class LookButton(QToolButton):
    """A menu of colormaps and scales.

    Parameters
    ----------
    context : ViewContext
        What they are set in.
    colormaps : bool
        Whether colormaps are offered.
    """

    def __init__(self, context: ViewContext, *, colormaps: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        set_icon(self, "settings")
        self.setToolTip("Colours and scale" if colormaps else "Scale")
        self.setAccessibleName(self.toolTip())
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._maps = QActionGroup(self)
        if colormaps:
            self._fill(menu, self._maps, [(name, name.capitalize()) for name in NAMES])
            for action in self._maps.actions():
                action.setIcon(swatch(str(action.data())))
            menu.addSeparator()
        self._scales = QActionGroup(self)
        self._fill(menu, self._scales, SCALES)
        self._maps.triggered.connect(self._map_chosen)
        self._scales.triggered.connect(self._scale_chosen)
        self.setMenu(menu)
        context.look_changed.connect(self._show)
        self._show()

    @staticmethod
    def _fill(menu: QMenu, group: QActionGroup, entries: Sequence[tuple[str, str]]) -> None:
        for value, words in entries:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setData(value)
            group.addAction(action)

    def _show(self) -> None:
        for action in (*self._maps.actions(), *self._scales.actions()):
            action.setChecked(action.data() in (self._context.colormap, self._context.scale))

    def _map_chosen(self, action: QAction) -> None:
        self._context.set_look(colormap=action.data())

    def _scale_chosen(self, action: QAction) -> None:
        self._context.set_look(scale=action.data())


def tool_button(icon: str, words: str) -> QToolButton:
    """Return a button that shows an icon and says its words in a tip."""
    button = QToolButton()
    set_icon(button, icon)
    button.setToolTip(words)
    button.setAccessibleName(words.split(" (", maxsplit=1)[0])
    return button


class Stage(QWidget):
    """A row of choosers, a grid of tiles that one can be taken out of, and a caption; or words where there is nothing.

    Parameters
    ----------
    noun : str
        What one tile is: ``"map"``, ``"filter"``.
    icon : str
        The icon of the empty state.
    alone : QWidget
        What shows one tile alone.

    Signals
    -------
    opened(int)
        One tile is shown alone now; -1 is the grid again.
    """

    opened = Signal(int)

    def __init__(self, noun: str, icon: str, alone: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._noun = noun
        self.one = -1
        self.grid = TileGrid(noun=noun)
        self.grid.zoomed.connect(self.open)
        self.grid.viewport().installEventFilter(self)
        self.empty = EmptyState(icon, "")
        self.caption = ElidedLabel("", Qt.TextElideMode.ElideRight, role="caption")
        self.row = QHBoxLayout()
        self.row.setSpacing(8)
        self._stack = QStackedWidget()
        self._page = self._alone_page(alone)
        for page in (self.empty, self.grid, self._page):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(self.row)
        column.addWidget(self._stack, 1)
        column.addWidget(self.caption)

    def _alone_page(self, alone: QWidget) -> QWidget:
        page = QWidget()
        self.back = tool_button("undo", f"All {self._noun}s (Esc)")
        self.back.setText(f"All {self._noun}s")
        self.back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.previous, self.next = (
            tool_button("step-back", f"Previous {self._noun} (Page Up)"),
            tool_button("step-forward", f"Next {self._noun} (Page Down)"),
        )
        self.which, self.readout = QLabel(), ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self.back, self.previous, self.next, self.which):
            row.addWidget(widget)
        row.addWidget(self.readout, 1)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(alone, 1)
        self.back.clicked.connect(self.close_one)
        self.previous.clicked.connect(self._open_previous)
        self.next.clicked.connect(self._open_next)
        for key, slot in (
            (Qt.Key.Key_Escape, self.close_one),
            (Qt.Key.Key_PageUp, self._open_previous),
            (Qt.Key.Key_PageDown, self._open_next),
        ):
            shortcut = QShortcut(QKeySequence(key), page)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)
        return page

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a tile out of the grid by one click."""
        released = event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent)
        if released and isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            index = self.grid.current()
            if index >= 0 and self.grid.tile_rect(index).contains(event.position()):
                self.open(index)
        return super().eventFilter(watched, event)

    def say(self, title: str, text: str) -> None:
        """Show words instead of tiles."""
        self.empty.set_text(title, text)
        self.caption.setText("")
        self._stack.setCurrentWidget(self.empty)

    def show_tiles(self) -> None:
        """Show the grid, or the one tile that was taken out of it where it is still there."""
        if self.one >= self.grid.count():
            self.one = -1
        if self.one >= 0:
            self.which.setText(f"{self._noun} {self.one} of {self.grid.count()}")
            self.previous.setEnabled(self.one > 0)
            self.next.setEnabled(self.one < self.grid.count() - 1)
        self._stack.setCurrentWidget(self._page if self.one >= 0 else self.grid)

    def open(self, index: int) -> None:
        """Show one tile alone; -1 shows all of them."""
        if index != self.one and index < self.grid.count():
            inside = self._stack.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
            self.one = index
            self.readout.setText("")
            self.grid.set_current(index if index >= 0 else self.grid.current())
            self.show_tiles()
            if inside:
                (self.back if index >= 0 else self.grid).setFocus()
            self.opened.emit(index)

    def close_one(self) -> None:
        """Show all tiles again."""
        self.open(-1)

    def _open_previous(self) -> None:
        self.open(max(0, self.one - 1))

    def _open_next(self) -> None:
        self.open(min(self.grid.count() - 1, self.one + 1))
