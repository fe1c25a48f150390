"""What could not be used, as one line that opens."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPushButton, QToolButton, QVBoxLayout, QWidget

from guiapp.core.notify import printable
from guiapp.look.icons import set_icon

Problem = tuple[str, str]
MOST = 10_000


class ProblemStrip(QWidget):
    """One line that says how many files could not be used, and opens into their list.

    Signals
    -------
    show_images()
        The damaged images are to be shown in the gallery.
    """

    show_images = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._toggle = QToolButton()
        self._toggle.setCheckable(True)
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self._toggle, "warning", "warning")
        self._toggle.setToolTip("Show which files these are, and what is wrong with each")
        self.show_button = QPushButton("Show in gallery")
        self.show_button.setProperty("flat", True)
        self.show_button.clicked.connect(lambda _checked=False: self.show_images.emit())
        self._list = QListWidget()
        self._list.setAccessibleName("Files that could not be used")
        self._list.setMaximumHeight(160)
        self._list.hide()
        self._toggle.toggled.connect(self._list.setVisible)
        top = QHBoxLayout()
        top.addWidget(self._toggle)
        top.addWidget(self.show_button)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 4)
        column.addLayout(top)
        column.addWidget(self._list)
        self.hide()

    def set_problems(self, skipped: Sequence[Problem], damaged: Sequence[Problem]) -> None:
        """Show files that are no images of the dataset, and images of it that cannot be read: (path, why) each."""
        self.setVisible(bool(skipped or damaged))
        self.show_button.setVisible(bool(damaged))
        parts = []
        if skipped:
            parts.append(f"{len(skipped):,} file{'' if len(skipped) == 1 else 's'} could not be used")
        if damaged:
            parts.append(f"{len(damaged):,} {'image is' if len(damaged) == 1 else 'images are'} damaged")
        self._toggle.setText("  ·  ".join(parts))
        self._list.clear()
        self._list.addItems([f"{printable(path)}: {why}" for path, why in [*damaged, *skipped][:MOST]])

    @property
    def text(self) -> str:
        """What the line says."""
        return self._toggle.text()

    @property
    def lines(self) -> list[str]:
        """What the list says."""
        return [self._list.item(at).text() for at in range(self._list.count())]
