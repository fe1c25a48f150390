"""Where something is to be put: the folder, how much room there is, and the way to another place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import figures, secondary
from guiapp.look.sizes import size_words


class PlaceRow(QWidget):
    """A folder that is to be made, with Change….

    Signals
    -------
    changed(object)
        The folder, a Path, in which the new one is to lie.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place = Path.home()
        self._path = ElidedLabel("", role="body")
        self._room = figures(secondary("", wrap=False))
        self.button = QPushButton("Change…")
        self.button.setToolTip("Choose the folder in which it is put")
        self.button.clicked.connect(lambda _checked=False: self._ask())
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addWidget(self._path)
        left.addWidget(self._room)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(self.button)

    def set_place(self, place: Path, free: int) -> None:
        """Show a folder, and how many bytes are free on its disk."""
        self._place = place
        self._path.setText(str(place))
        self._room.setText(f"{size_words(free)} free on this disk")

    def place(self) -> Path:
        """Return the folder."""
        return self._place

    def _ask(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Choose the folder in which it is put", str(self._place.parent))
        if folder:
            self.changed.emit(Path(folder))
