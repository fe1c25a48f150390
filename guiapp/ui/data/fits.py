"""The ways in which an image is brought to the network's size, as pictures to choose from."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from guiapp.look import tokens as tk
from guiapp.look.theme import theme
from guiapp.ui.data.pictures import draw_picture

SIDE, WORD = 128, 22
TIPS = {
    "stretch": "The whole image, in other proportions where its own differ",
    "pad": "The whole image in its own proportions, with black borders",
    "crop": "The middle of the image in its own proportions; what is beyond it is cut off",
}


class FitChoice(QWidget):
    """A picture for each fit; the one in use is marked.

    Signals
    -------
    chosen(str)
        The person chose a fit.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = {fit: PictureButton(fit, tip) for fit, tip in TIPS.items()}
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in self.buttons.values():
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        # Not `clicked`: the arrows go from one to the next too.
        group.buttonToggled.connect(self._toggled)
        self._shown = ""

    def set_pictures(self, pictures: Mapping[str, QImage], fit: str) -> None:
        """Show an image in each way, and say which one is in use."""
        for name, button in self.buttons.items():
            button.set_picture(pictures.get(name))
        self.set_fit(fit)

    def set_fit(self, fit: str) -> None:
        """Say which fit is in use, without emitting `chosen`."""
        self._shown = fit
        self.buttons[fit].setChecked(True)

    def _toggled(self, button: QAbstractButton, on: bool) -> None:
        if on and button.text() != self._shown:
            self._shown = button.text()
            self.chosen.emit(self._shown)


class PictureButton(QAbstractButton):
    """A picture with a word under it, that can be chosen."""

    def __init__(self, text: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: QImage | None = None
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def set_picture(self, picture: QImage | None) -> None:
        """Show another picture."""
        self._picture = picture
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the picture and its word."""
        return QSize(SIDE + 8, SIDE + WORD + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture and word, on a ground of their own where it is chosen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = "selection" if self.isChecked() else ("hover" if self.underMouse() else "window")
        edge = "accent" if self.hasFocus() or self.isChecked() else ground
        painter.setPen(QPen(theme.color(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.color(ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._picture is not None:
            draw_picture(painter, self._picture, QRectF(4, 4, SIDE, SIDE), self.devicePixelRatioF())
        font = self.font()
        font.setPixelSize(tk.SECONDARY)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        below = QRectF(4, SIDE + 4, SIDE, WORD - 4)
        painter.drawText(
            below, int(Qt.AlignmentFlag.AlignCenter), self.text() + (" · in use" if self.isChecked() else "")
        )
