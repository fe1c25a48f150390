"""The buttons in the corner of the drawing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from guiapp.look.icons import set_icon

STEP = 1.25


def zoom_buttons(parent: QWidget, zoom_by: Callable[[float], None], fit: Callable[[], None]) -> QWidget:
    """Return the buttons that zoom out, zoom in and show the whole."""
    box = QWidget(parent)
    # Volumes may lie below them.
    box.setProperty("surface", "card")
    box.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    for name, tip, run in (
        ("zoom-out", "Zoom out (−)", lambda: zoom_by(1 / STEP)),
        ("zoom-in", "Zoom in (+)", lambda: zoom_by(STEP)),
        ("", "Show the whole network (0, or double click)", fit),
    ):
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        if name:
            set_icon(button, name, "secondary")
        else:
            button.setText(" Fit ")
        button.clicked.connect(lambda _checked=False, run=run: run())
        row.addWidget(button)
    return box
