"""The dashboard: panels in docks that can be moved, put on top of each other, taken out, closed and reset."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QTabWidget, QToolButton, QVBoxLayout, QWidget

from guiapp.look.heading import heading
from guiapp.look.icons import set_icon
from guiapp.look.jobs import Jobs
from guiapp.visuals.context import ViewContext
from guiapp.visuals.panel import Panel

VERSION = 1
TOP, BOTTOM = ("loss", "accuracy"), ("filters", "maps")
TOP_SHARE = 0.42
MIN_PANEL = QSize(180, 120)


class _Title(QWidget):
    """A panel's title; where a tab says it already, only its two buttons."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self.words = heading(dock.windowTitle())
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(2)
        row.addWidget(self.words)
        row.addStretch(1)
        row.addWidget(_tiny("unpin", f"Take {dock.windowTitle()} out of the window, or put it back", self._float))
        row.addWidget(_tiny("close", f"Close {dock.windowTitle()} (the menu Train opens it again)", dock.close))
        dock.visibilityChanged.connect(self.refresh)
        dock.topLevelChanged.connect(self.refresh)
        dock.dockLocationChanged.connect(self.refresh)

    def _float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def refresh(self) -> None:
        """Leave the words to the tab where there is one."""
        home = self._dock.parentWidget()
        tabbed = isinstance(home, QMainWindow) and bool(home.tabifiedDockWidgets(self._dock))
        self.words.setVisible(not tabbed or self._dock.isFloating())


def _tiny(icon: str, tip: str, run: Callable[[], object]) -> QToolButton:
    button = QToolButton()
    button.setProperty("tiny", True)
    button.setIconSize(QSize(12, 12))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    set_icon(button, icon, "secondary")
    button.clicked.connect(lambda _checked=False: run())
    return button


class _Dock(QDockWidget):
    """A panel with a title that can be gripped."""

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        super().__init__(panel.title, parent)
        self.setObjectName(f"dock {panel.name}")
        self.panel = panel
        # The holder keeps the room of a panel that is hidden.
        holder = QWidget()
        holder.setMinimumSize(MIN_PANEL)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        self.setWidget(holder)
        self.title = _Title(self)
        self.setTitleBarWidget(self.title)
        self.visibilityChanged.connect(self._seen)
        self.toggleViewAction().setToolTip(f"Show or hide the panel {panel.title}")
        self.toggleViewAction().setText(f"Panel {panel.title}")

    def _seen(self, seen: bool) -> None:
        # Qt only moves a dock that lies behind others out of sight; its panel would go on reading and drawing.
        if seen or self.isVisible():
            self.panel.setVisible(seen)


class Dashboard(QMainWindow):
    """Docks around nothing: loss and accuracy above, filters and maps below, the others behind them.

    Parameters
    ----------
    kinds : sequence of type of Panel
        The panels, in their order.
    context, jobs
        What each panel is given.
    """

    def __init__(
        self, kinds: Sequence[type[Panel]], context: ViewContext, jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setDocumentMode(True)
        self.docks = {kind.name: _Dock(kind(context, jobs), self) for kind in kinds}
        self._pristine = True
        self.arrange()

    def panels(self) -> list[Panel]:
        """Return the panels."""
        return [dock.panel for dock in self.docks.values()]

    def actions_to_show(self) -> list[QAction]:
        """Return one action a panel that shows or hides it."""
        return [dock.toggleViewAction() for dock in self.docks.values()]

    def arrange(self) -> None:
        """Put every panel where it was at first."""
        top = self._row(TOP, Qt.DockWidgetArea.TopDockWidgetArea)
        bottom = self._row(BOTTOM, Qt.DockWidgetArea.BottomDockWidgetArea)
        anchor = next(iter(bottom or top), None)
        for name, dock in self.docks.items():
            if name in TOP or name in BOTTOM:
                continue
            dock.setFloating(False)
            self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            if anchor is not None:
                self.tabifyDockWidget(anchor, dock)
            dock.show()
        if anchor is not None:
            anchor.raise_()
        self._pristine = True
        self._size()

    def _row(self, names: Sequence[str], area: Qt.DockWidgetArea) -> list[_Dock]:
        row = [self.docks[name] for name in names if name in self.docks]
        for i, dock in enumerate(row):
            dock.setFloating(False)
            self.addDockWidget(area, dock)
            if i:
                self.splitDockWidget(row[i - 1], dock, Qt.Orientation.Horizontal)
            dock.show()
        return row

    def _size(self) -> None:
        width, height = self.width(), self.height()
        top = [self.docks[name] for name in TOP if name in self.docks]
        bottom = [self.docks[name] for name in BOTTOM if name in self.docks]
        for row in (top, bottom):
            if len(row) > 1:
                self.resizeDocks(row, [width // len(row)] * len(row), Qt.Orientation.Horizontal)
        if top and bottom:
            heights = [round(height * TOP_SHARE), round(height * (1 - TOP_SHARE))]
            self.resizeDocks([top[0], bottom[0]], heights, Qt.Orientation.Vertical)

    def fit(self) -> None:
        """Share the room anew while nobody has moved anything."""
        if self._pristine:
            self._size()

    def state(self) -> QByteArray:
        """Return where everything is."""
        return self.saveState(VERSION)

    def restore(self, state: object) -> None:
        """Put everything where it was, if `state` says so."""
        if isinstance(state, QByteArray) and self.restoreState(state, VERSION):
            self._pristine = False
