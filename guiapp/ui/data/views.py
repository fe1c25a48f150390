"""The views at the right of the Data page: what each is, and the bar that changes between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QSettings, Qt, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from guiapp.look.heading import hairline
from guiapp.look.icons import icon, set_icon
from guiapp.look.theme import theme
from guiapp.ui.services import Services

KEY = "data/view"


class DataView(QWidget):
    """The base of what looks at the dataset from one side.

    A view is made when it is first shown, and refreshed only while it is shown.

    Signals
    -------
    show_rows(str, object)
        Ask for these rows of `DatasetModel.active` (an array of intp) to be shown in the gallery under this title.

    Attributes
    ----------
    title, icon : str
        Its word and its icon on the bar.
    menu_title : str
        The name of the menu that holds its actions; "" where they stand in the page's own.
    corner : QWidget or None
        What it wants at the right end of the bar.
    """

    title: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    menu_title: ClassVar[str] = ""

    show_rows = Signal(str, object)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.corner: QWidget | None = None

    def refresh(self) -> None:
        """Show the dataset as it is now; called when it has changed, and when the view is shown after that."""

    def page_actions(self) -> list[QAction]:
        """Actions for the page's menu and the command palette."""
        return []

    def save_state(self) -> None:
        """Write remembered sizes to the settings."""


class Views(QWidget):
    """A bar of views, and the one that is chosen; the choice is remembered.

    Parameters
    ----------
    services : Services
        Handed to each view.
    kinds : sequence of type
        The views, in the order of the bar; the first is made at once, the others when they are first shown.

    Signals
    -------
    shown(object)
        Another view is chosen.
    rows_wanted(str, object)
        A view asks for rows to be shown in the gallery, as `DataView.show_rows`.
    """

    shown = Signal(object)
    rows_wanted = Signal(str, object)

    def __init__(self, services: Services, kinds: Sequence[type[DataView]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._kinds = services, tuple(kinds)
        self._made: dict[type[DataView], DataView] = {}
        self._stale: set[type[DataView]] = set(kinds)
        self.bar = QTabBar()
        self.bar.setExpanding(False)
        self.bar.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # a click must not leave the keys somewhere else
        self.bar.setDrawBase(False)
        self.bar.setAccessibleName("Views of the images")
        self._stack = QStackedWidget()
        self.actions_: list[QAction] = []
        for kind in self._kinds:
            self._add(kind)
        self._lay_out()
        self.view(self._kinds[0])
        self._tint()
        theme.changed.connect(self._tint)
        self.bar.currentChanged.connect(self._changed)
        self._restore(services.settings)

    def _add(self, kind: type[DataView]) -> None:
        self.bar.addTab(kind.title)
        show = QAction(f"Show {kind.title.lower()}", self)
        set_icon(show, kind.icon)
        show.triggered.connect(lambda _checked=False, kind=kind: self.show_view(kind))
        self.actions_.append(show)

    def _lay_out(self) -> None:
        self._top = QHBoxLayout()
        self._top.setContentsMargins(8, 4, 16, 0)
        self._top.addWidget(self.bar)
        self._top.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._top)
        column.addWidget(hairline())
        column.addWidget(self._stack, 1)

    def _tint(self) -> None:
        for at, kind in enumerate(self._kinds):
            self.bar.setTabIcon(at, icon(kind.icon) if kind.icon else QIcon())

    def _restore(self, settings: QSettings) -> None:
        wanted = str(settings.value(KEY, ""))
        self.bar.setCurrentIndex(next((i for i, kind in enumerate(self._kinds) if kind.__name__ == wanted), 0))

    @property
    def current(self) -> DataView:
        """The view that is chosen."""
        return self.view(self._kinds[self.bar.currentIndex()])

    def view(self, kind: type[DataView]) -> DataView:
        """Return the view of that kind; it is made now where it was not shown yet."""
        if kind not in self._made:
            made = kind(self._services)
            made.show_rows.connect(self.rows_wanted)
            self._made[kind] = made
            self._stack.addWidget(made)
            if made.corner is not None:
                self._top.addWidget(made.corner)
                made.corner.setVisible(kind is self._kinds[self.bar.currentIndex()])
        return self._made[kind]

    def show_view(self, kind: type[DataView]) -> None:
        """Choose a view."""
        self.bar.setCurrentIndex(self._kinds.index(kind))

    def refresh(self) -> None:
        """Refresh the view that is seen; the others when they are."""
        self._stale.update(self._kinds)
        self._refresh_seen()

    def _refresh_seen(self) -> None:
        view = self.current
        if self.isVisible() and type(view) in self._stale:
            self._stale.discard(type(view))
            view.refresh()

    def _changed(self, _index: int) -> None:
        view = self.current
        self._stack.setCurrentWidget(view)
        for made in self._made.values():
            if made.corner is not None:
                made.corner.setVisible(made is view)
        self._services.settings.setValue(KEY, type(view).__name__)
        self._refresh_seen()
        self.shown.emit(view)

    def page_actions(self) -> list[QAction]:
        """Return the way to each view, and what the views that were shown can do."""
        return [action for _name, actions in self.menu_groups() for action in actions]

    def menu_groups(self) -> list[tuple[str, list[QAction]]]:
        """Return `page_actions`: the ways to the views, then each view's own."""
        found = [("", list(self.actions_) if len(self.actions_) > 1 else [])]
        made = [(kind, self._made[kind]) for kind in self._kinds if kind in self._made]
        return [*found, *((kind.menu_title, view.page_actions()) for kind, view in made)]

    def save_state(self) -> None:
        """Have every view that was shown remember its sizes."""
        for view in self._made.values():
            view.save_state()

    def showEvent(self, event: QEvent) -> None:
        """Refresh what was hidden while the dataset changed."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._refresh_seen()
