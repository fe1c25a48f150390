"""A label and a button that shorten their text with … and show the whole of it in a tip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)


class ElidedLabel(QLabel):
    """One line of text, shortened to the width there is.

    Parameters
    ----------
    text : str
        The text; `text()` always returns the whole of it.
    where : Qt.TextElideMode
        ``ElideMiddle`` for paths (the default), ``ElideRight`` for names.
    role : str
        The style's role: ``"secondary"``, ``"caption"``, …
    """

    def __init__(
        self,
        text: str = "",
        where: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        *,
        role: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._where = where
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show another text; line breaks become spaces."""
        super().setText(" ".join(text.split("\n")))
        self._tip()

    def shown(self) -> str:
        """Return the text as it is shown."""
        return self.fontMetrics().elidedText(self.text(), self._where, self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        return QSize(self.fontMetrics().horizontalAdvance("mmm…"), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten anew."""
        super().resizeEvent(event)
        self._tip()

    def _tip(self) -> None:
        self.setToolTip(self.text() if self.shown() != self.text() else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shortened text."""
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        painter.setPen(option.palette.color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment(), self.shown())


class ElidedButton(QPushButton):
    """A button that shortens its words where there is no room for all of them; `text()` returns all of them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        # Other buttons never become narrower than their words.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters, or for all of a few."""
        return QSize(min(super().sizeHint().width(), 96), super().minimumSizeHint().height())

    def shown(self) -> str:
        """Return the words as they are shown."""
        wanted = super().sizeHint().width()
        if self.width() >= wanted:
            return self.text()
        # What is shortened is measured more finely than the advance, which is rounded.
        room = self.width() - wanted + self.fontMetrics().horizontalAdvance(self.text()) + 2
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the whole in a tip where it is shortened."""
        super().resizeEvent(event)
        self._tip()

    def setText(self, text: str) -> None:
        """Show other words."""
        super().setText(text)
        self._tip()

    def _tip(self) -> None:
        self.setToolTip(self.text() if self.shown() != self.text() else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shortened words."""
        painter, option = QStylePainter(self), QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.shown()
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
