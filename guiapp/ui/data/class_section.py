"""The part of the left column about classes: the list, what can be done with it, and how even the classes are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from guiapp.core import notify
from guiapp.core.project import Project
from guiapp.data.dataset import TEST, TRAIN, VALIDATION
from guiapp.look.heading import problem
from guiapp.look.icons import set_icon
from guiapp.look.search import SearchField
from guiapp.look.toasts import Toasts
from guiapp.ui.actions import make
from guiapp.ui.data.balance import BalanceBox
from guiapp.ui.data.class_edits import ClassEdits, listed, shortened
from guiapp.ui.data.class_rows import ORDERS, ClassRow
from guiapp.ui.data.classes import ClassList
from guiapp.ui.data.section import Section
from guiapp.ui.services import Services

FILTER_FROM = 12
ORDER_KEY = "data/class order"
ORDER_WORDS = ("As the images have them", "By name", "By number of images")


class ClassSection(Section):
    """The classes of the images, those in use checked.

    Signals
    -------
    resized()
        The list wants another height.
    """

    resized = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Classes", services.settings, "classes", parent=parent)
        self._services = services
        self._missed = False
        self._parts_of: tuple[object, dict[str, tuple[int, ...]]] = (None, {})
        self.edits = ClassEdits(services.session, services.dataset, self)
        self.list = ClassList(self._tip, self.edits.judge)
        self.filter = SearchField("Class")
        self.filter.setToolTip("Show only classes whose name holds this")
        self.filter.hide()
        self.problem = problem()
        self.problem.hide()
        self.balance = BalanceBox(services)
        for widget in (self.filter, self.list, self.problem, self.balance):
            self.body.addWidget(widget)
        self._make_actions()
        self._make_tools()
        self._connect()

    def _make_actions(self) -> None:
        edits, chosen = self.edits, self.list.chosen
        self.rename_action = make(
            self.list, "Rename class", self.list.rename, keys="F2", tip="Call the class by another name"
        )
        self.rename_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.merge_action = make(
            self, "Merge classes", lambda: edits.merge(chosen()), tip="Make the chosen classes one"
        )
        self.apart_action = make(
            self,
            "Use the names of the files",
            lambda: edits.take_apart(chosen()),
            tip="Take a renamed class's name back; merged classes come apart",
        )
        self.only_action = make(self, "Use only these classes", lambda: edits.use(chosen()))
        self.all_action = make(self, "Use all classes", lambda: edits.use(tuple(self._services.dataset.counts())))
        self.none_action = make(
            self, "Use no class", lambda: edits.use(()), tip="To choose a few of many: then check those"
        )
        self.others_action = make(
            self,
            "Use the other classes",
            edits.use_others,
            tip="Change those in use for those that are not",
        )
        self._orders = QActionGroup(self)
        self.order_actions = []
        for order, words in zip(ORDERS, ORDER_WORDS, strict=True):
            action = make(
                self, f"Order classes: {words[0].lower()}{words[1:]}", lambda order=order: self.set_order(order),  # type: ignore[misc]
                checkable=True,
            )  # fmt: skip
            self._orders.addAction(action)
            self.order_actions.append(action)

    def _make_tools(self) -> None:
        orders, more = QMenu(self), QMenu(self)
        orders.addActions(self.order_actions)
        more.addActions([self.all_action, self.none_action, self.others_action])
        more.addSeparator()
        more.addActions([self.rename_action, self.merge_action, self.apart_action])
        more.aboutToShow.connect(self._refresh_actions)
        self.order_button = _tool("sort", "Order the classes", orders)
        self.more_button = _tool("more", "What can be done with the classes", more)
        self.add_tool(self.order_button)
        self.add_tool(self.more_button)

    def _connect(self) -> None:
        edits = self.edits
        self.list.checkAsked.connect(edits.check)
        self.list.renameAsked.connect(edits.rename)
        self.list.menuAsked.connect(self._show_menu)
        self.list.chosenChanged.connect(self._refresh_actions)
        self.filter.textChanged.connect(lambda _text: self._arrange())
        self.filter.downPressed.connect(self._enter_list)
        edits.refused.connect(self._say)
        edits.drafted.connect(self.refresh_checks)
        edits.called.connect(self.list.follow)
        edits.joined.connect(self._offer_undo)
        # The project may change without the images: a choice that was only begun is over then.
        stop = self._services.session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())
        self.set_order(str(self._services.settings.value(ORDER_KEY, ORDERS[0])))

    # what is shown

    def refresh(self) -> None:
        """Show the classes as they are now."""
        model = self._services.dataset
        if model.dividing and self._same_names():
            self.refresh_checks()
            return
        if model.dividing and self.list.count():
            # The new names come with the new bars, in a moment.
            return
        counts, used = model.counts(), set(self.edits.used())
        parts, out = self._parts(), self._left_out()
        rows = [
            ClassRow(name, count - out.get(name, 0), parts.get(name, ()), name in used)
            for name, count in counts.items()
        ]
        self.filter.setVisible(len(rows) > FILTER_FROM)
        if len(rows) <= FILTER_FROM and self.filter.text():
            self.filter.clear()
        self.list.set_rows(rows)
        self._miss(counts)
        self._after()

    def _miss(self, counts: Mapping[str, int]) -> None:
        """Say which classes of the project the images do not have any more: training would be refused."""
        settings = self._services.session.project.dataset
        wanted = settings.classes if settings is not None else None
        missing = [name for name in wanted or () if name not in counts] if counts else []
        if missing:
            self._say(f"The images have no {listed(missing)} any more. Choose the classes again.")
        elif self._missed:
            self._say("")
        self._missed = bool(missing)

    def refresh_checks(self) -> None:
        """Show which classes are in use."""
        used = set(self.edits.used())
        self.list.set_rows([ClassRow(row.name, row.count, row.parts, row.name in used) for row in self.list.rows.rows])
        self._after()

    def _after(self) -> None:
        names, every = self.list.names(), len(self.list.rows.rows)
        self.set_note(f"{len(names):,} of {every:,}" if len(names) < every else f"{every:,}")
        self.balance.refresh({row.name: row.parts for row in self.list.rows.rows if row.on})
        self._refresh_actions()
        self.resized.emit()

    def _same_names(self) -> bool:
        return tuple(self._services.dataset.counts()) == tuple(row.name for row in self.list.rows.rows)

    def _parts(self) -> dict[str, tuple[int, ...]]:
        """Return how many images of each class in use are in train, validation and test."""
        arranged = self._services.dataset.arranged
        if arranged is None:
            return {}
        if self._parts_of[0] is not arranged:
            names = arranged.active.class_names
            counts = [
                np.bincount(arranged.active.labels[arranged.splits == which], minlength=len(names)).tolist()
                for which in (TRAIN, VALIDATION, TEST)
            ]
            self._parts_of = arranged, dict(zip(names, zip(*counts, strict=True), strict=True))
        return self._parts_of[1]

    def _left_out(self) -> dict[str, int]:
        """Return how many images of each class in use the person left out."""
        settings, arranged = self._services.session.project.dataset, self._services.dataset.arranged
        if arranged is None or settings is None:
            return {}
        active = arranged.active
        found = Counter(active.labels[active.row_of[path]] for path in settings.excluded if path in active.row_of)
        return {active.class_names[label]: count for label, count in found.items()}

    def _tip(self, row: ClassRow) -> str:
        lines = [f"{row.name}: {row.count:,} image{'' if row.count == 1 else 's'}"]
        if row.on and any(row.parts):
            words = ("train", "validation", "test")
            lines.append(", ".join(f"{part:,} {word}" for part, word in zip(row.parts, words, strict=True) if part))
        if out := self._left_out().get(row.name, 0):
            lines.append(f"{out:,} more {'is' if out == 1 else 'are'} left out")
        sources = self.edits.sources(row.name)
        if sources and sources != (row.name,):
            lines.append(f"In the files: {', '.join(sources[:5])}{' …' if len(sources) > 5 else ''}")
        if not row.on:
            lines.append("Not in use")
        return "\n".join(lines)

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    # what is done

    def set_order(self, order: str) -> None:
        """Order the rows; it is remembered."""
        order = order if order in ORDERS else ORDERS[0]
        self.order_actions[ORDERS.index(order)].setChecked(True)
        self._services.settings.setValue(ORDER_KEY, order)
        self._arrange(order)

    def _arrange(self, order: str = "") -> None:
        self.list.arrange(order or self.list.rows.order, self.filter.text())
        self.resized.emit()

    def _enter_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.list.chosen() and self.list.count():
            self.list.choose(self.list.rows.row(0).name)

    def _session_changed(self, old: Project, new: Project) -> None:
        if old.dataset != new.dataset:
            self.edits.drop_draft()

    def _refresh_actions(self) -> None:
        chosen, every = self.list.chosen(), self.list.rows.rows
        for action in (self.all_action, self.none_action, self.others_action):
            action.setEnabled(bool(every))
        self.rename_action.setEnabled(len(chosen) == 1)
        self.merge_action.setEnabled(len(chosen) > 1)
        target = f" into “{shortened(self.edits.target(chosen))}”" if len(chosen) > 1 else ""
        self.merge_action.setText(f"Merge classes{target}".replace("&", "&&"))
        self.apart_action.setEnabled(self.edits.is_renamed(chosen))
        self.only_action.setEnabled(bool(chosen))

    def _show_menu(self, at: QPoint) -> None:
        self._refresh_actions()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.rename_action, self.merge_action, self.apart_action])
        menu.addSeparator()
        menu.addActions([self.only_action, self.all_action, self.none_action, self.others_action])
        menu.popup(at)

    def actions_of_page(self) -> Sequence[QAction]:
        """Return what can be done with the classes."""
        return (
            self.rename_action, self.merge_action, self.apart_action, self.only_action, self.all_action,
            self.none_action, self.others_action, *self.order_actions,
        )  # fmt: skip

    def _offer_undo(self, text: str) -> None:
        session, made = self._services.session, self._services.session.project.dataset

        def undo() -> None:
            if session.project.dataset is made:
                session.undo()
            else:
                notify.info("Something else was changed since. Undo (Ctrl+Z) takes the steps back one by one.")

        toasts = self.window().findChild(Toasts)
        if toasts is not None:
            toasts.show("info", text, action="Undo", run=undo, about="images edited")
        else:
            notify.info(text)


def _unshade(button: QToolButton) -> None:
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, on=False)
    button.update()


def _tool(icon: str, tip: str, menu: QMenu) -> QToolButton:
    made = QToolButton()
    set_icon(made, icon)
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setProperty("bare", True)
    made.setMenu(menu)
    made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    # The pointer left it for the menu without its being told.
    menu.aboutToHide.connect(lambda: _unshade(made))
    return made
