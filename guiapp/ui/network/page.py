"""The Network page: layers at the left, the chosen one in the middle, the drawing at the right."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from guiapp.core import notify
from guiapp.core.layers import Problem, kinds
from guiapp.core.layers.blocks import Block
from guiapp.core.messages import Device
from guiapp.core.notify import UserError
from guiapp.look.empty import EmptyState
from guiapp.look.heading import hairline
from guiapp.ui.form import scrolling
from guiapp.ui.network import library
from guiapp.ui.network.about import About
from guiapp.ui.network.actions import LayerActions, follow, make_actions
from guiapp.ui.network.block_edits import close_block, make_block, open_block
from guiapp.ui.network.drawing import NetworkDrawing
from guiapp.ui.network.extras import EXTRAS
from guiapp.ui.network.inputs_picking import InputsPicking
from guiapp.ui.network.inspector import Inspector
from guiapp.ui.network.layer_list import LayerList
from guiapp.ui.network.list_drops import ListDrops
from guiapp.ui.network.machine import room
from guiapp.ui.network.mending import Mending, tell_undoable
from guiapp.ui.network.offers import Offers
from guiapp.ui.network.palette import AddField
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.summary import Problems
from guiapp.ui.network.template_menu import TemplateButton
from guiapp.ui.network.totals import Totals
from guiapp.ui.network.weights_watch import WeightsWatch
from guiapp.ui.page import Page
from guiapp.ui.services import Services

SPLITTER_KEY = "network/splitter"
FOLDED_KEY = "network/folded"
COLUMNS = (320, 332, 618)
EMPTY_TEXT = (
    "A network is a list of layers: each takes the numbers of the one above and gives its own to the one below. "
    "A template is a good beginning; every part of it can be changed."
)


class NetworkPage(Page):
    """Builds the project's network."""

    name: ClassVar[str] = "network"
    title: ClassVar[str] = "Network"
    icon: ClassVar[str] = "network"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.state = NetworkState(services.session, services.dataset, self)
        # The session outlives the page.
        stop = self.state.stop
        self.destroyed.connect(lambda _page=None: stop())
        self.list = LayerList(self.state)
        self.offers = Offers(self)
        self.add_field = AddField(self.offers.entries)
        self.inspector, self.about = Inspector(self.state), About()
        self.drawing = NetworkDrawing(self.state)
        self.totals = Totals(self.state)
        self.problems = Problems(self.state)
        self.templates = TemplateButton(self.offers.networks)
        self.mending = Mending(self)
        self.actions_: LayerActions = make_actions(
            self.state,
            self,
            {
                "add": self._begin_add,
                "rename": self.list.rename_current,
                "templates": self.choose_template,
                "fit": self.drawing.fit,
                "all": self.list.selectAll,
                "group": self._make_block,
                "mend": self.mending.mend_all,
            },
        )
        self.empty = EmptyState("network", "No layers yet", EMPTY_TEXT)
        self.start_button = self.empty.add_button(
            "Start from a template", self.choose_template, primary=True, icon="template"
        )
        self.input_button = self.empty.add_button("Add an Input", self._begin_with_input, icon="add")
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._stack = QStackedLayout(self)
        self._build()
        self._connect()
        self._extras = [extra(self) for extra in EXTRAS]
        ways = {action.text(): action for _title, actions in self._extras for action in actions}
        for text, icon in (("Import a network…", "open"), ("My library…", "library")):
            self.empty.add_button(text, ways[text].trigger, icon=icon)
        self._drops = ListDrops(self)
        self._weights = WeightsWatch(self.state, self)
        self._picking = InputsPicking(self.inspector.inputs, self.drawing)
        shelf = library.shelf(self)
        for part in (self.add_field, self.templates):
            shelf.changed.connect(part.refresh)
        self._follow()

    def page_actions(self) -> list[QAction]:
        """Return everything that can be done to layers."""
        return [action for _title, actions in self.menu_groups() for action in actions]

    def menu_groups(self) -> list[tuple[str, list[QAction]]]:
        """Return what can be done to layers, and what each of the extras adds, in menus of their own."""
        return [*(("", group) for group in self.actions_.groups()), *self._extras]

    def save_state(self) -> None:
        """Remember the widths of the columns."""
        self.services.settings.setValue(SPLITTER_KEY, self.splitter.saveState())

    def choose_template(self) -> None:
        """Open the list of templates."""
        empty = self._stack.currentWidget() is self.empty
        self.templates.open_list(self.start_button if empty else None)

    def apply_template(self, name: str) -> None:
        """Begin with a template, or a network of the library; it can be undone from the message that says so."""
        stored = library.shelf(self).named(name)
        if stored is not None:
            text = library.begin_with(self, stored)
        else:
            try:
                title = self.state.apply_template(name)
            except UserError as exc:
                notify.report(exc)
                return
            text = f"{title} took the place of the network and the training settings."
        tell_undoable(self, text)
        self.list.setFocus()

    def go_to(self, problem: Problem) -> None:
        """Choose the layer of a problem, and give its field the focus."""
        if problem.layer is None:
            return
        self.state.select((self.state.network.index(problem.layer),))
        if problem.field == "name":
            self.inspector.name.setFocus()
        elif problem.field == "inputs" and self.inspector.inputs.isVisibleTo(self.inspector):
            self.inspector.inputs.take_focus()
        elif problem.field is None or not self.inspector.form.focus_field(problem.field):
            self.list.setFocus()

    def _build(self) -> None:
        columns = (self._left(), self._middle(), self._right())
        for i, (column, stretch, least) in enumerate(zip(columns, (0, 0, 1), (240, 300, 320), strict=True)):
            column.setMinimumWidth(least)
            self.splitter.addWidget(column)
            self.splitter.setStretchFactor(i, stretch)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        state = self.services.settings.value(SPLITTER_KEY)
        if state is None or not self.splitter.restoreState(state):
            self.splitter.setSizes(list(COLUMNS))
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.splitter)

    def _left(self) -> QWidget:
        box = QWidget()
        tools = QHBoxLayout()
        tools.setContentsMargins(8, 6, 8, 6)
        tools.setSpacing(2)
        tools.addWidget(self.templates)
        tools.addStretch(1)
        for name in ("up", "down", "duplicate", "toggle", "remove"):
            button = QToolButton()
            button.setDefaultAction(self.actions_[name])
            button.setAccessibleName(self.actions_[name].text())
            tools.addWidget(button)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 8, 8, 8)
        foot.addWidget(self.add_field)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(tools)
        column.addWidget(self.list, 1)
        column.addWidget(hairline())
        column.addLayout(foot)
        return box

    def _middle(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scrolling(self.inspector), 1)
        column.addWidget(hairline())
        column.addWidget(self.about)
        return box

    def _right(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.drawing, 1)
        column.addWidget(hairline())
        column.addWidget(self.totals)
        column.addWidget(self.problems)
        return box

    def _connect(self) -> None:
        for name, action in self.actions_.by_name.items():
            if name != "templates":
                self.list.addAction(action)
            if name not in ("rename", "templates"):
                self.drawing.addAction(action)
        for view in (self.list, self.drawing):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(lambda at: self._open_menu(self.list.viewport(), at))
        self.drawing.customContextMenuRequested.connect(lambda at: self._open_menu(self.drawing, at))
        self.list.insertAsked.connect(self._insert_at)
        self.add_field.chosen.connect(self._add)
        self.templates.chosen.connect(self.apply_template)
        self.problems.chosen.connect(self.go_to)
        self.problems.imagesAsked.connect(lambda: self.go.emit("data"))
        self.inspector.helped.connect(self.about.say)
        self.list.blockToggled.connect(self._toggle_block)
        settings = self.services.settings
        self.inspector.form.fold(settings.value(FOLDED_KEY, True, type=bool) is not False)
        self.inspector.form.folded.connect(lambda folded: settings.setValue(FOLDED_KEY, folded))
        self.services.engine.told.connect(self._engine_told)
        self.state.set_room(room(self.services.engine.device))
        self.state.changed.connect(self._follow)
        self.state.selected.connect(self._follow)

    def _follow(self) -> None:
        shown: QWidget = self.splitter if self.state.network.layers else self.empty
        if self._stack.currentWidget() is not shown:
            self._stack.setCurrentWidget(shown)
        follow(self.state, self.actions_)

    def take_focus(self) -> None:
        """Let the keyboard go on in the list, or where a network begins."""
        target = self.list if self.state.network.layers else self.start_button
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Hand the focus on, as when the page is come to."""
        self.take_focus()

    def _begin_with_input(self) -> None:
        self.state.add("Input")
        self.take_focus()

    def _engine_told(self, event: object) -> None:
        if isinstance(event, Device):
            self.state.set_room(room(event))

    def _toggle_block(self, row: int) -> None:
        layer = self.state.network.layers[row]
        if isinstance(layer, Block):
            open_block(self.state, row)
        else:
            close_block(self.state, layer.group)

    def _make_block(self) -> None:
        if make_block(self.state):
            self.list.rename_current()

    def _insert_at(self, row: int) -> None:
        layers = self.state.network.layers
        self.add_field.begin(row, layers[row].name if row < len(layers) else "")

    def _begin_add(self) -> None:
        if not self.state.network.layers:
            # Nothing else can come first, and the field to search in is not in sight.
            self.state.add("Input")
        self.add_field.begin()

    def _add(self, key: str, at: int | None) -> None:
        stored = library.shelf(self).named(key)
        if stored is not None:
            library.insert(self, stored, at)
        elif key in kinds():
            self.state.add(key, at)
        self.offers.used(key)

    def _open_menu(self, view: QWidget, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in self.actions_.menu:
            if name:
                menu.addAction(self.actions_[name])
            else:
                menu.addSeparator()
        menu.popup(view.mapToGlobal(at))
