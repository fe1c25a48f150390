"""What can be done to layers, as actions for buttons, menus, keys and the command palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence

from guiapp.core import notify
from guiapp.core.notify import UserError
from guiapp.look.icons import set_icon
from guiapp.ui.network.block_edits import can_open, chosen_group, close_block, open_block
from guiapp.ui.network.state import NetworkState

GROUPS = (
    ("add", "templates"),
    ("rename", "duplicate", "toggle", "up", "down", "remove"),
    ("open", "close", "group"),
    ("cut", "copy", "paste", "all"),
    ("mend", "fit"),
)
EVERYWHERE = ("add", "mend")
"""What a key does wherever the focus is on the page: it means nothing in a line of text."""


@dataclass
class LayerActions:
    """Every action by its name, in the order of the menus; ``""`` stands for a separator in `menu`."""

    by_name: dict[str, QAction] = field(default_factory=dict)
    menu: tuple[str, ...] = ()

    def groups(self) -> list[list[QAction]]:
        """Return all of them as the menu bar shows them, what belongs together in one list."""
        return [[self.by_name[name] for name in group] for group in GROUPS]

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]


def tip(action: QAction) -> str:
    """Return the tooltip of an action: its words, and its shortcut."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    text = action.text().rstrip("…")
    return f"{text} ({keys})" if keys else text


def make_actions(state: NetworkState, owner: QObject, run: dict[str, Callable[[], object]]) -> LayerActions:
    """Return the actions on the layers of `state`.

    Parameters
    ----------
    state : NetworkState
        What they act on.
    owner : QObject
        Their parent.
    run : dict
        What the page itself does, by name: ``add``, ``rename``, ``templates``, ``fit``, ``all``, ``group``, ``mend``.
    """
    specs: tuple[tuple[str, str, str, str, Callable[[], object]], ...] = (
        ("add", "Add a layer…", "Ins", "add", run["add"]),
        ("duplicate", "Duplicate", "Ctrl+D", "duplicate", state.duplicate),
        ("remove", "Remove", "Del", "remove", state.remove),
        ("up", "Move up", "Alt+Up", "up", lambda: state.move_by(-1)),
        ("down", "Move down", "Alt+Down", "down", lambda: state.move_by(1)),
        ("rename", "Rename", "F2", "", run["rename"]),
        ("toggle", "Disable or enable", "Ctrl+E", "eye", state.toggle),
        ("open", "Open the block", "Ctrl+Right", "chevron-right", lambda: open_block(state)),
        ("close", "Close the block", "Ctrl+Left", "chevron-down", lambda: close_block(state)),
        ("group", "Group into a block", "Ctrl+G", "block", run["group"]),
        ("mend", "Mend everything", "Ctrl+M", "check", run["mend"]),
        ("cut", "Cut layers", "Ctrl+X", "", lambda: _cut(state)),
        ("copy", "Copy layers", "Ctrl+C", "copy", lambda: _copy(state)),
        ("paste", "Paste layers", "Ctrl+V", "paste", lambda: _paste(state)),
        ("all", "Select all layers", "Ctrl+A", "", run["all"]),
        ("templates", "Start from a template…", "", "template", run["templates"]),
        ("fit", "Show the whole network", "", "", run["fit"]),
    )
    actions = LayerActions(
        menu=(
            "add",
            "",
            "rename",
            "duplicate",
            "toggle",
            "up",
            "down",
            "",
            "open",
            "close",
            "group",
            "",
            "cut",
            "copy",
            "paste",
            "",
            "remove",
        )
    )
    for name, text, keys, icon, do in specs:
        action = QAction(text, owner)
        if keys:
            action.setShortcut(QKeySequence(keys))
            # Keys such as Del act on layers only while the list or the drawing has the focus.
            inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut if name in EVERYWHERE else inside)
        if icon:
            set_icon(action, icon)
        action.setToolTip(tip(action))
        action.triggered.connect(lambda _checked=False, do=do: do())
        actions.by_name[name] = action
    follow(state, actions)
    return actions


def follow(state: NetworkState, actions: LayerActions) -> None:
    """Enable the actions that there is something for."""
    some, count = bool(state.rows), len(state.network.layers)
    for name in ("duplicate", "remove", "toggle", "cut", "copy"):
        actions[name].setEnabled(some)
    actions["rename"].setEnabled(len(state.rows) == 1)
    actions["up"].setEnabled(some and state.rows[0] > 0)
    actions["down"].setEnabled(some and state.rows[-1] < count - 1)
    actions["open"].setEnabled(can_open(state))
    actions["close"].setEnabled(bool(chosen_group(state)))
    actions["group"].setEnabled(some)
    actions["mend"].setEnabled(any(problem.repair for problem in state.problems))
    off = some and not any(state.network.layers[row].enabled for row in state.rows)
    actions["toggle"].setText("Enable" if off else "Disable")
    actions["toggle"].setToolTip(tip(actions["toggle"]))
    icon = "eye" if off else "eye-off"
    if actions["toggle"].property("icon-name") != icon:
        actions["toggle"].setProperty("icon-name", icon)
        set_icon(actions["toggle"], icon)


def _copy(state: NetworkState) -> None:
    if state.rows:
        QGuiApplication.clipboard().setText(state.copy_text())


def _cut(state: NetworkState) -> None:
    if state.rows:
        _copy(state)
        state.remove()


def _paste(state: NetworkState) -> None:
    try:
        state.paste(QGuiApplication.clipboard().text())
    except UserError as exc:
        notify.warning(exc.sentence)
