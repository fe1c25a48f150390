"""Actions: made in one way, so that menus, buttons and the command palette say the same words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from guiapp.look.icons import set_icon


def make(
    parent: QObject,
    text: str,
    run: Callable[[], object],
    *,
    icon: str = "",
    keys: str | Sequence[str] = "",
    tip: str = "",
    checkable: bool = False,
) -> QAction:
    """Return an action of `parent` that calls `run` when it is triggered.

    Parameters
    ----------
    parent : QObject
        Its owner; a widget that is one offers the shortcut wherever it is shown.
    text : str
        Its words; "…" at the end says that it asks something first.
    run : callable
        What it does.
    icon : str
        An icon's name.
    keys : str or sequence of str
        Its shortcut or shortcuts, the first one shown.
    tip : str
        A sentence for the tooltip; the shortcut is added.
    checkable : bool
        Whether it is on or off.
    """
    action = QAction(text, parent, checkable=checkable)
    shortcuts = [keys] if isinstance(keys, str) else list(keys)
    action.setShortcuts([QKeySequence(key) for key in shortcuts if key])
    action.setToolTip(tooltip(tip or text.removesuffix("…"), action))
    if icon:
        set_icon(action, icon)
    # Without the signal's own argument "checked".
    action.triggered.connect(lambda _checked=False: run())
    if isinstance(parent, QWidget):
        parent.addAction(action)
    return action


def tooltip(text: str, action: QAction) -> str:
    """Return `text` with the action's shortcut in brackets."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({keys})" if keys else text


def button(action: QAction, *, words: bool = False) -> QToolButton:
    """Return a flat button for an action: its icon, and its words where `words`."""
    made = QToolButton()
    made.setDefaultAction(action)
    made.setToolButtonStyle(
        Qt.ToolButtonStyle.ToolButtonTextBesideIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
    )
    made.setAccessibleName(action.text())
    return made
