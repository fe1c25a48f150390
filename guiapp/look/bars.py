"""The top classes of a prediction as bars."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from guiapp.look import tokens as tk
from guiapp.look.motion import motion_ms
from guiapp.look.theme import tabular, theme


def percent(probability: float) -> str:
    """Write a probability: ``98.3 %``; what is not quite all or nothing is not rounded to it."""
    if 0 < probability < 0.001:
        return "< 0.1 %"
    if 0.999 < probability < 1:
        return "> 99.9 %"
    return f"{probability * 100:.1f} %"


class ProbabilityBars(QWidget):
    """A row a class: name, bar, percents; the first in the accent colour.

    Copy (Ctrl+C) puts them on the clipboard as lines of text.
    """

    ROW = 28
    PERCENT_WIDTH = 72

    def __init__(self, empty_text: str = "No prediction yet.", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty_text
        self._rows: list[tuple[str, float]] = []
        self._from: dict[str, float] = {}
        self._progress = 1.0
        self._animation = QVariantAnimation(self, startValue=0.0, endValue=1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.valueChanged.connect(self._advance)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Top classes")
        theme.changed.connect(self.update)
        self.set_rows([])

    def rows(self) -> list[tuple[str, float]]:
        """Return the classes and their probabilities as they were set."""
        return list(self._rows)

    def set_rows(self, rows: Sequence[tuple[str, float]]) -> None:
        """Show classes with their probabilities (0 to 1), the most probable first."""
        shown = dict(self._shown())
        self._rows, self._from = list(rows), shown
        self.setAccessibleDescription(self.text() or self._empty)
        self.setToolTip(self.text())
        self.updateGeometry()
        self._animation.stop()
        duration = motion_ms()
        if duration and shown and self.isVisible():
            self._progress = 0.0
            self._animation.setDuration(duration)
            self._animation.start()
        else:
            self._progress = 1.0
        self.update()

    def text(self) -> str:
        """Return the rows as lines of text."""
        return "\n".join(f"{name}: {percent(probability)}" for name, probability in self._rows)

    def _shown(self) -> list[tuple[str, float]]:
        return [(name, self._from.get(name, 0.0) * (1 - self._progress) + p * self._progress) for name, p in self._rows]

    def _advance(self, progress: float) -> None:
        self._progress = float(progress)
        self.update()

    def _name_width(self) -> int:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name, _ in self._rows), default=0)
        return min(widest + 2, max(48, int(self.width() * 0.4)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._rows:
            painter.setPen(theme.color("secondary"))
            painter.drawText(self.rect().adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._empty)
        for index, (name, value) in enumerate(self._shown()):
            self._paint_row(painter, QRectF(4, index * self.ROW, self.width() - 8, self.ROW), name, value)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("accent"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), tk.RADIUS, tk.RADIUS)

    def _paint_row(self, painter: QPainter, row: QRectF, name: str, value: float) -> None:
        names, first = self._name_width(), row.top() == 0
        middle = Qt.AlignmentFlag.AlignVCenter
        font = tabular(self.font())
        font.setBold(first)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, names + 8)
        painter.drawText(QRectF(row.left(), row.top(), names + 8, row.height()), middle, short)
        right = QRectF(row.right() - self.PERCENT_WIDTH, row.top(), self.PERCENT_WIDTH, row.height())
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, percent(dict(self._rows)[name]))
        groove = QRectF(row.left() + names + 16, row.center().y() - 5, right.left() - row.left() - names - 16, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("hover"))
        painter.drawRoundedRect(groove, 3, 3)
        bar = QRectF(groove)
        bar.setWidth(max(2.0, groove.width() * min(max(value, 0.0), 1.0)))
        painter.setBrush(theme.color("accent" if first else "border"))
        painter.drawRoundedRect(bar, 3, 3)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy."""
        if event.matches(QKeySequence.StandardKey.Copy) and self._rows:
            QGuiApplication.clipboard().setText(self.text())
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Return a row a class."""
        return QSize(320, max(1, len(self._rows)) * self.ROW)

    def minimumSizeHint(self) -> QSize:
        """Return room for a short name, a bar and its percents."""
        return QSize(200, self.sizeHint().height())
