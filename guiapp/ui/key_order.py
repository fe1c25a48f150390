"""The order in which Tab goes through widgets, as the eye does: that of the layouts."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QWidget


def order_keys(root: QWidget) -> None:
    """Have Tab go through what is in `root` as its layouts have it, whenever each was made."""
    last: QWidget | None = None
    for widget in stops(root):
        if last is not None:
            QWidget.setTabOrder(last, widget)
        last = widget


def stops(widget: QWidget | None) -> Iterator[QWidget]:
    """Yield the widgets in `widget` at which Tab stops."""
    if widget is None:
        return
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
        yield widget
    layout = widget.layout()
    if isinstance(widget, QScrollArea):
        yield from stops(widget.widget())
    elif isinstance(widget, QSplitter):
        for at in range(widget.count()):
            yield from stops(widget.widget(at))
    elif layout is not None:
        yield from _stops_in(layout)


def _stops_in(layout: QLayout) -> Iterator[QWidget]:
    for at in range(layout.count()):
        item = layout.itemAt(at)
        widget = item.widget() if item is not None else None
        inner = item.layout() if item is not None else None
        if widget is not None:
            yield from stops(widget)
        elif inner is not None:
            yield from _stops_in(inner)
