"""The drop zone that becomes the image, with what mattered laid over it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from guiapp.core.notify import UserError
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.imageview import ImageView
from guiapp.look.pixels import Bytes


class Picture(QWidget):
    """An empty state until there is an image.

    Parameters
    ----------
    choose, paste : callable
        What the buttons of the empty state do.

    Signals
    -------
    heatToggled(bool)
        Whether the person wants to see what mattered.
    """

    heatToggled = Signal(bool)

    def __init__(
        self, choose: Callable[[], object], paste: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._plain: Bytes | None = None
        self._heated: Bytes | None = None
        self._title = ""
        self.view = ImageView("Reading the image…")
        self.empty = EmptyState(
            "image",
            "Drop an image here",
            "From a file manager or a browser, or paste one. A folder or several images become a table.",
        )
        self.empty.add_button("Open image…", choose, primary=True, icon="open")
        self.empty.add_button("Paste", paste, icon="paste")
        self.name = ElidedLabel("", role="secondary")
        self.heat = QCheckBox("What mattered")
        self.heat.setToolTip(
            "Colours the places that the answer depends on: when the brightest one is covered, "
            "its probability falls by the points that are said beside the name"
        )
        self.heat.toggled.connect(self.heatToggled)
        self.problem = EmptyState("warning", "This image cannot be read")
        self.problem.add_button("Open another image…", choose, icon="open")
        self._stack = QStackedLayout()
        for widget in (self.empty, self.problem):
            widget.setProperty("surface", "card")
            widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.name, 1)
        head.addWidget(self.heat)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(8)
        self._column.addWidget(self._head)
        self._column.addLayout(self._stack, 1)
        # Before the stack has its place, its first page would be shown as a window of its own.
        for page in (self.empty, self.view, self.problem):
            self._stack.addWidget(page)
        self.set_beside(False)
        self.clear()

    def set_beside(self, beside: bool) -> None:
        """Keep away from what stands at the right, or do not."""
        self._column.setContentsMargins(0, 0, 16 if beside else 0, 0)

    def clear(self) -> None:
        """Become the drop zone again."""
        self._plain = self._heated = None
        self._head.hide()
        self._stack.setCurrentWidget(self.empty)

    def expect(self, title: str) -> None:
        """Say that the image called `title` is being read."""
        self._title = title
        self._plain = self._heated = None
        self.name.setText(title)
        self._head.show()

    def set_picture(self, image: Bytes) -> None:
        """Show the image, (h, w, 3) uint8 RGB."""
        self._plain = image
        self._stack.setCurrentWidget(self.view)
        self._show()

    def picture(self) -> Bytes | None:
        """Return the image that is shown."""
        return self._plain

    def set_heated(self, image: Bytes | None) -> None:
        """Show the image with what mattered laid over it; None takes that away."""
        self._heated = image
        self._show()

    def set_problem(self, error: UserError) -> None:
        """Say why there is no image."""
        self._plain = self._heated = None
        self.problem.set_text("This image cannot be read", error.sentence)
        self._head.hide()
        self._stack.setCurrentWidget(self.problem)

    def say(self, text: str) -> None:
        """Say something beside the image's name, as what its colours mean, or why there are none."""
        self.name.setText(f"{self._title} · {text}" if text else self._title)

    def _show(self) -> None:
        shown = self._heated if self._heated is not None and self.heat.isChecked() else self._plain
        if shown is not None:
            self.view.set_image(shown, description=self._title)
