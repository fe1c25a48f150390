"""The order in which Tab goes through widgets, as the eye does: that of the layouts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QWidget


def order_keys(root: QWidget) -> None:
    """Have Tab go through what is in `root` as its layouts have it, whenever each was made."""
    chain(stops(root))


def chain_after(anchor: QWidget, widgets: Iterable[QWidget]) -> None:
    """Have Tab go through `widgets` in this order, from where `anchor` stands in the order of the window.

    What is made later would come last in the window. An anchor that takes no focus is only a place in that order.
    """
    # Qt moves nothing behind what takes no focus.
    policy = anchor.focusPolicy()
    anchor.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    chain((anchor, *widgets))
    anchor.setFocusPolicy(policy)


def chain(widgets: Iterable[QWidget]) -> None:
    """Have Tab go through `widgets`, each of which takes the focus itself, in this order."""
    for before, after in itertools.pairwise(widgets):
        QWidget.setTabOrder(before, after)


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
