"""The window's actions and the menus that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from guiapp.core.colormaps import NAMES
from guiapp.look.icons import set_icon
from guiapp.look.theme import theme
from guiapp.ui.actions import make, tooltip

if TYPE_CHECKING:
    from guiapp.ui.window import Window

THEMES = {"light": "Light", "dark": "Dark", "system": "As the system"}
# The diverging one is for signed values, which choose it themselves.
COLORMAPS = tuple(name for name in NAMES if name != "diverging")


class Menus:
    """Makes the actions of `window`, fills its menu bar, and keeps them right."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._file(window)
        self._edit(window)
        self._run(window)
        self._help(window)
        self._view(window)
        self._bar(window)

    # Actions

    def _file(self, w: Window) -> None:
        self.new = make(w, "New project", w.new_project, icon="add", keys="Ctrl+N", tip="Begin an empty project")
        self.open = make(w, "Open project…", w.open_project, icon="open", keys="Ctrl+O")
        self.sample = make(w, "Open the sample project", w.open_sample, icon="image", tip="Shapes: ready to be trained")
        self.save = make(w, "Save", w.save, icon="save", keys="Ctrl+S", tip="Save the project")
        self.save_as = make(w, "Save as…", w.save_as, keys="Ctrl+Shift+S", tip="Save the project under another name")
        self.rename = make(w, "Rename…", w.rename, tip="Give the project another name")
        self.show_folder = make(w, "Show in folder", w.show_folder, icon="folder", tip="Open the project's folder")
        self.recover = make(w, "Recover unsaved changes", w.recover, icon="reset", tip="Go on with the autosave")
        self.recover.setVisible(False)
        self.quit = make(w, "Quit", w.close, keys="Ctrl+Q", tip="Close the program")
        self.forget = make(w, "Forget these", w.files.forget_recent, tip="Empty the list of recent projects")

    def _edit(self, w: Window) -> None:
        session = w.services.session
        self.undo = make(w, "Undo", session.undo, icon="undo", keys="Ctrl+Z")
        self.redo = make(w, "Redo", session.redo, icon="redo", keys=("Ctrl+Shift+Z", "Ctrl+Y"))

    def _run(self, w: Window) -> None:
        training = w.services.training
        self.train = make(w, "Train", w.train, icon="play", keys="F5", tip="Train the network from the beginning")
        self.pause = make(
            w, "Pause", training.pause, icon="pause", keys="F6", checkable=True, tip="Hold training, or go on"
        )
        self.stop = make(w, "Stop", training.stop, icon="stop", keys="F7", tip="End training; what it learned is kept")
        self.resume = make(w, "Resume the unfinished run", w.resume_unfinished, icon="step-forward", keys="Shift+F5")
        self.runs_folder = make(w, "Show the runs folder", w.show_runs, icon="folder")
        self.restart = make(w, "Start the engine again", w.services.engine.start, tip="After it has stopped for good")

    def _help(self, w: Window) -> None:
        self.first_steps = make(w, "First steps", lambda: w.show_help("first-steps"), tip="From images to a network")
        self.page_help = make(w, "Help for this page", w.show_help, icon="info", keys="F1")
        self.shortcuts = make(w, "Keyboard shortcuts", lambda: w.show_help("shortcuts"))
        self.log_folder = make(w, "Open the log folder", w.show_logs, icon="folder")
        self.about = make(w, "About Convnet Studio", lambda: w.show_help("about"))

    def _view(self, w: Window) -> None:
        self.places = [
            make(w, title, lambda name=name: w.go(name), icon=icon, keys=f"Ctrl+{i + 1}", tip=tip)  # type: ignore[misc]
            for i, (name, title, icon, tip) in enumerate(w.place_words())
        ]
        self.themes = {
            name: make(w, f"{title} theme", lambda name=name: w.set_theme(name), checkable=True)  # type: ignore[misc]
            for name, title in THEMES.items()
        }
        self.colormaps = {
            name: make(w, f"Colormap {name}", lambda name=name: w.set_colormap(name), checkable=True)  # type: ignore[misc]
            for name in COLORMAPS
        }
        for choice in (self.themes, self.colormaps):
            group = QActionGroup(w)
            for action in choice.values():
                group.addAction(action)
        self.reset_layout = make(w, "Reset the layout", w.reset_layout, icon="reset", tip="Put every panel back")
        self.full_screen = make(w, "Full screen", w.toggle_full_screen, keys="F11", checkable=True)
        self.palette = make(w, "All commands…", w.show_palette, icon="search", keys="Ctrl+K", tip="Find any command")

    # Menus

    def _bar(self, w: Window) -> None:
        bar = w.menuBar()
        self.file_menu = bar.addMenu("&File")
        self.recent_menu = QMenu("Open recent", w)
        self._fill_project_menu(self.file_menu)
        self.file_menu.addSeparator()
        self.file_menu.addAction(self.quit)
        self.project_menu = QMenu(w)
        self._fill_project_menu(self.project_menu)
        self.edit_menu = bar.addMenu("&Edit")
        self.edit_menu.addActions([self.undo, self.redo])
        self._fill_view(bar.addMenu("&View"))
        self.page_menu = bar.addMenu("&Page")
        self._page_menus: list[QMenu] = []
        run = bar.addMenu("&Run")
        run.addActions([self.train, self.pause, self.stop])
        run.addSeparator()
        run.addActions([self.resume, self.runs_folder, self.restart])
        helps = bar.addMenu("&Help")
        helps.addActions([self.page_help, self.first_steps, self.shortcuts])
        helps.addSeparator()
        helps.addActions([self.log_folder, self.about])
        self.refresh_recent()

    def _fill_project_menu(self, menu: QMenu) -> None:
        menu.addActions([self.new, self.open])
        menu.addMenu(self.recent_menu)
        menu.addAction(self.sample)
        menu.addSeparator()
        menu.addActions([self.save, self.save_as, self.rename, self.recover])
        menu.addSeparator()
        menu.addAction(self.show_folder)

    def _fill_view(self, menu: QMenu) -> None:
        menu.addAction(self.palette)
        menu.addSeparator()
        menu.addActions(self.places)
        menu.addSeparator()
        menu.addMenu(_choice("Theme", self.themes, menu))
        menu.addMenu(_choice("Colormap", self.colormaps, menu))
        menu.addSeparator()
        menu.addActions([self.reset_layout, self.full_screen])

    # What changes

    def refresh_recent(self) -> None:
        """List the recent projects."""
        w, menu = self._window, self.recent_menu
        menu.clear()
        paths = [path for path in w.files.recent if path != w.services.session.path]
        for path in paths:
            action = menu.addAction(path.stem)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: w.open_path(path))
        menu.setToolTipsVisible(True)
        menu.setEnabled(bool(paths))
        if paths:
            menu.addSeparator()
            menu.addAction(self.forget)

    def refresh_edit(self) -> None:
        """Say what undo and redo would do."""
        session = self._window.services.session
        for action, word, what in (
            (self.undo, "Undo", session.undo_text),
            (self.redo, "Redo", session.redo_text),
        ):
            action.setText(f"{word} {what}" if what else word)
            action.setToolTip(tooltip(action.text(), action))
            action.setEnabled(what is not None)

    def refresh_run(self) -> None:
        """Allow what can be done with the training now."""
        training, engine = self._window.services.training, self._window.services.engine
        self.train.setEnabled(not training.active)
        self.pause.setEnabled(training.active and training.started is not None)
        self.pause.setChecked(training.paused)
        self.pause.setText("Go on" if training.paused else "Pause")
        set_icon(self.pause, "play" if training.paused else "pause")
        self.stop.setEnabled(training.active)
        self.resume.setEnabled(not training.active and self._window.unfinished is not None)
        self.restart.setVisible(engine.given_up)

    def refresh_look(self) -> None:
        """Mark the theme and the colormap in use."""
        self.themes[theme.asked].setChecked(True)
        colormap = self._window.services.view.colormap
        if colormap in self.colormaps:
            self.colormaps[colormap].setChecked(True)

    def set_page(self, title: str, groups: list[tuple[str, list[QAction]]]) -> None:
        """Fill the page's menu with groups of actions; one that has a title is a menu inside it."""
        menu = self.page_menu
        menu.clear()
        for inner in self._page_menus:
            inner.deleteLater()
        self._page_menus.clear()
        # The first letters of the pages are not those of the other menus.
        menu.setTitle(f"&{title}")
        joined = True  # a menu inside leads the group that follows it
        for name, actions in groups:
            if not actions:
                continue
            if not joined:
                menu.addSeparator()
            joined = bool(name)
            if name:
                inner = QMenu(name, menu)
                inner.addActions(actions)
                self._page_menus.append(inner)
                menu.addMenu(inner)
            else:
                menu.addActions(actions)
        menu.menuAction().setVisible(any(actions for _name, actions in groups))

    def everything(self) -> Iterator[tuple[str, QAction]]:
        """Yield every action of the window with the menu that it is in."""
        for action in self._window.menuBar().actions():
            menu = action.menu()
            if isinstance(menu, QMenu) and menu is not self.page_menu:
                yield from _in_menu(menu, menu.title().replace("&", ""))


def _choice(title: str, actions: dict[str, QAction], parent: QMenu) -> QMenu:
    menu = QMenu(title, parent)
    menu.addActions(list(actions.values()))
    return menu


def _in_menu(menu: QMenu, where: str) -> Iterator[tuple[str, QAction]]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _in_menu(inner, f"{where} ▸ {inner.title()}")
        elif action.text() and action.isVisible():
            yield where, action
