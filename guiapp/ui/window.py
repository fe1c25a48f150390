"""The window: rail, header, the five places, the timeline, and what holds them together."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDesktopServices, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from guiapp.core import files, notify
from guiapp.core.messages import Ended
from guiapp.core.project import SUFFIX, Project, slug
from guiapp.look.theme import Appearance, theme
from guiapp.look.toasts import Toasts
from guiapp.look.tokens import TIMELINE_HEIGHT
from guiapp.ui import asking
from guiapp.ui.command_palette import CommandPalette
from guiapp.ui.header import Header
from guiapp.ui.menus import Menus
from guiapp.ui.page import Page
from guiapp.ui.places import PLACES, Place
from guiapp.ui.project_files import SAMPLE_NAME, ProjectFiles, sample_project_path
from guiapp.ui.rail import Rail
from guiapp.ui.services import Services
from guiapp.ui.timeline import Timeline
from guiapp.ui.training_model import Interrupted

IDLE_MS = 400
"""Between two pages that are made before anyone asks for them."""
OPEN = "open project"
"""What a message is about whose button does something with the project that is open."""

ENDING_S = 10.0
READ_S = 8.0
"""After so long a message that asks nothing counts as read once another page is shown."""

SAVING_S = 120.0
"""How long the engine may take to end: a network of a hundred million weights is saved with its optimiser's state."""


class Window(QMainWindow):
    """The main window.

    Parameters
    ----------
    services : Services
        What every page is given.
    files : ProjectFiles
        Opening and saving.
    places : tuple of Place
        The pages.

    Signals
    -------
    painted()
        The window has been painted for the first time.
    leaving()
        It has been closed for good.
    """

    painted = Signal()
    leaving = Signal()

    def __init__(self, services: Services, project_files: ProjectFiles, places: tuple[Place, ...] = PLACES) -> None:
        super().__init__()
        self.services, self.files = services, project_files
        self.places = places
        self.pages: dict[str, Page] = {}
        self.unfinished: tuple[str, int] | None = None
        self.rescue: Project | None = None
        self._painted = self._left = self._force = False
        self._after_save: Callable[[], object] | None = None
        self.setWindowTitle("Convnet Studio")
        self.setMinimumSize(1000, 640)
        self.menus = Menus(self)
        self._lay_out()
        self.palette_ = CommandPalette(self)
        self.toasts = Toasts(self, bottom=TIMELINE_HEIGHT)
        self._connect()
        self._restore()

    def _lay_out(self) -> None:
        menus, services = self.menus, self.services
        self.rail = Rail(self.place_words())
        self.header = Header(services, (menus.train, menus.pause, menus.stop), menus.project_menu)
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())
        self.timeline = Timeline(services.view)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(row, 1)
        column.addWidget(self.timeline)
        self.setCentralWidget(central)

    def _connect(self) -> None:
        services = self.services
        stop = services.session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())
        self.rail.chosen.connect(self.go)
        self.files.changed.connect(self._files_changed)
        self.files.opened.connect(self._opened)
        self.files.recoverable.connect(self._offer_rescue)
        self.files.saved.connect(self._saved)
        self.files.save_failed.connect(self._save_failed)
        services.training.changed.connect(self.menus.refresh_run)
        services.training.refused.connect(self.go)
        services.training.runs.moved.connect(self._runs_moved)
        services.training.interrupted.connect(self._interrupted)
        services.training.ended.connect(self._training_ended)
        services.engine.state_changed.connect(self.menus.refresh_run)
        services.view.look_changed.connect(self.menus.refresh_look)
        services.view.run_changed.connect(self.menus.refresh_run)
        theme.changed.connect(self.menus.refresh_look)

    def _restore(self) -> None:
        settings = self.services.settings
        geometry = settings.value("window/geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1366, 768)
        colormap = str(settings.value("look/colormap", ""))
        if colormap in self.menus.colormaps:
            self.services.view.set_look(colormap=colormap)
        self.menus.refresh_look()
        self.menus.refresh_run()
        self.menus.refresh_edit()
        self._say_project()
        self.menus.set_page("Page", [])
        if self.places:
            self.rail.set_current(self._first_place())

    def place_words(self) -> list[tuple[str, str, str, str]]:
        """Return name, title, icon and tip of each place."""
        return [(place.name, place.title, place.icon, place.tip) for place in self.places]

    def _first_place(self) -> str:
        name = str(self.services.settings.value("window/page", ""))
        return name if any(place.name == name for place in self.places) else self.places[0].name

    # The beginning

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say when it is painted for the first time."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            # From the event loop: what follows must not hold up this first picture.
            QTimer.singleShot(0, self.painted.emit)

    def begin(self, path: Path | None) -> None:
        """Start the engine, open a project and make the pages; called once the window is painted."""
        self.services.engine.start()
        self.files.open_first(path)
        if self.places:
            self.go(self._first_place())
        QTimer.singleShot(IDLE_MS, self._make_next)

    def _make_next(self) -> None:
        missing = next((place for place in self.places if place.name not in self.pages), None)
        if missing is None:
            # What is there now stays: the collector need not look through it again, which would be felt.
            gc.freeze()
        elif not self._left:
            if not self.services.training.active:
                self.page(missing.name)
            QTimer.singleShot(IDLE_MS, self._make_next)

    # Places

    def page(self, name: str) -> Page:
        """Return the page of that name; it is made now where it was not shown yet."""
        if name not in self.pages:
            place = next(place for place in self.places if place.name == name)
            page = place.make(self.services)
            page.go.connect(self.go)
            self.pages[name] = page
            self.stack.addWidget(page)
        return self.pages[name]

    @property
    def place(self) -> str:
        """The name of the page that is shown, or ""."""
        current = self.stack.currentWidget()
        return current.name if isinstance(current, Page) else ""

    def go(self, name: str) -> None:
        """Show a page."""
        if not any(place.name == name for place in self.places):
            return
        page = self.page(name)
        self.rail.set_current(name)
        if self.stack.currentWidget() is not page:
            self.stack.setCurrentWidget(page)
            self.menus.set_page(page.title, page.menu_groups())
            self.services.settings.setValue("window/page", name)
            self.toasts.close_overtaken(READ_S)
        focus = self.focusWidget()
        if focus is None or not (focus is page or page.isAncestorOf(focus)):
            page.setFocus()
        page.arrive()

    def commands(self) -> list[tuple[str, QAction]]:
        """Return every command with where it is found: those of the page that is shown first."""
        found: list[tuple[str, QAction]] = []
        pages = sorted(self.pages.values(), key=lambda page: page.name != self.place)
        for page in pages[:1]:
            found += [(page.title, action) for action in page.page_actions()]
        found += list(self.menus.everything())
        for page in pages[1:]:
            found += [(page.title, self._elsewhere(page, action)) for action in page.page_actions()]
        found += [("Timeline", action) for action in self.timeline.commands()]
        return found

    def _elsewhere(self, page: Page, action: QAction) -> QAction:
        """Return an action that goes to `page` before it does `action`."""
        way = QAction(action.icon(), action.text(), self.palette_)
        way.setEnabled(action.isEnabled())
        way.setToolTip(action.toolTip())
        way.triggered.connect(lambda _checked=False: self.go(page.name))
        way.triggered.connect(lambda _checked=False: action.trigger())
        return way

    def show_palette(self) -> None:
        """Open the command palette."""
        self.palette_.open(self.commands())

    # The project

    def _session_changed(self, _old: Project, _new: Project) -> None:
        self.menus.refresh_edit()
        self._say_project()

    def _files_changed(self) -> None:
        self.menus.refresh_recent()
        self._say_project()

    def _say_project(self) -> None:
        session = self.services.session
        name, path = session.project.name, session.path
        if self.files.saving:
            words = "saving…"
        elif session.modified:
            words = "○ unsaved changes"
        else:
            words = "● saved" if path else "○ not saved yet"
        tip = str(path) if path else "This project has no file yet. Save it with Ctrl+S."
        self.header.set_project(name, words, tip)
        self.setWindowTitle(f"{name}{'*' if session.modified else ''} — Convnet Studio")
        self.menus.save.setEnabled(session.modified or path is None)
        self.menus.show_folder.setEnabled(path is not None)

    def _opened(self) -> None:
        self.unfinished = self.rescue = None
        self.toasts.clear(OPEN)
        self.menus.recover.setVisible(False)
        self.services.view.open_run(None, None)
        self.services.view.set_pinned(())
        self.services.training.show_latest()
        self.menus.refresh_run()

    def _leave_project(self, then: Callable[[], object]) -> None:
        """Put another project in the place of this one by `then`; asks first where something would be lost."""
        if self.services.training.active:
            notify.info("Stop the training first: it belongs to the project that is open.")
            return
        if not self.services.session.modified:
            then()
            return
        name = self.services.session.project.name
        answer = asking.choose(
            self,
            f"Keep the changes to “{name}”?",
            "They have not been saved.",
            ["Save" if self.files.has_own_place else "Save…", "Discard changes", "Cancel"],
        )
        if answer == 0:
            # What was changed while it was written is asked for again.
            self._after_save = lambda: self._leave_project(then)
            self.save()
        elif answer == 1:
            self.files.discard()
            then()

    def new_project(self) -> None:
        """Begin an empty project."""
        self._leave_project(self.files.new)

    def open_project(self) -> None:
        """Ask for a project and open it."""
        path = self.services.session.path
        chosen = asking.project_to_open(self, path.parent if path else files.data_dir())
        if chosen is not None:
            self.open_path(chosen)

    def open_path(self, path: Path) -> None:
        """Open a project; on failure the former one stays."""
        self._leave_project(lambda: self.files.open(path))

    def open_sample(self) -> None:
        """Open the sample project."""
        self._leave_project(self.files.open_sample)

    def save(self) -> None:
        """Save the project, asking for a place where it has none of its own."""
        if self.files.has_own_place:
            self.files.save()
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask for a place and save the project there."""
        session = self.services.session
        own = self.files.has_own_place
        folder = session.path.parent if session.path and own else Path.home()
        name = session.project.name if own else suggested_name(session.project)
        path = asking.project_to_save(self, folder / f"{slug(name)}{SUFFIX}")
        if path == sample_project_path():
            notify.warning("This name and place belong to the sample project. Save yours under another name.")
            path = None
        if path is not None:
            self.files.save(path)
        else:
            self._after_save = None

    def rename(self) -> None:
        """Ask for another name of the project."""
        session = self.services.session
        name = asking.new_name(self, session.project.name)
        if name:
            session.change(session.project.model_copy(update={"name": name[:200]}), f"rename to {name[:40]}")

    def show_folder(self) -> None:
        """Open the project's folder in the file manager."""
        path = self.services.session.path
        if path is not None:
            show_in_file_manager(path.parent)

    def _offer_rescue(self, rescue: Project) -> None:
        self.rescue = rescue
        self.menus.recover.setVisible(True)
        self.toasts.show(
            "warning",
            "This project has changes that were never saved, from the last time it was open.",
            action="Recover them",
            run=self.recover,
            about=f"{OPEN}/rescue",
        )

    def recover(self) -> None:
        """Go on with the changes of the autosave."""
        rescue, self.rescue = self.rescue, None
        self.menus.recover.setVisible(False)
        if rescue is not None:
            self.files.recover(rescue)

    # Training

    def train(self) -> None:
        """Train from the beginning, and show it."""
        # A field that is being typed in takes or drops what it holds before it counts.
        self.stack.setFocus()
        self.services.training.start()
        if self.services.training.active:
            self.toasts.close_overtaken()
            self.go("train")

    def resume_unfinished(self) -> None:
        """Go on with the run that lost its engine."""
        if self.unfinished is not None and not self.services.training.active:
            run, _step = self.unfinished
            self.unfinished = None
            self.services.training.start(resume=run)
            self.go("train")

    def _interrupted(self, found: Interrupted) -> None:
        self.unfinished = (found.run, found.resume_step)
        self.menus.refresh_run()
        if not found.offered:
            return
        if found.how:
            text = f"{found.how} Training stopped at step {found.step:,}; what was recorded is kept."
            notify.log.error(text)
        else:
            text = f"The last training of this project was cut off at step {found.step:,}."
        self.toasts.show(
            "error" if found.how else "warning",
            text,
            action=f"Resume from step {found.resume_step:,}",
            run=self.resume_unfinished,
            about=f"{OPEN}/resume",
        )

    def _training_ended(self, event: Ended) -> None:
        if event.reason == "completed":
            notify.info("Training is complete.")
        elif event.reason == "stopped":
            self.unfinished = (event.run, event.steps)
        self.menus.refresh_run()

    def show_runs(self) -> None:
        """Open the folder of the project's runs."""
        show_in_file_manager(self.services.training.runs_folder)

    # Looks

    def set_theme(self, name: Appearance) -> None:
        """Use another appearance, now and from now on."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            self.services.settings.setValue("look/theme", name)
            theme.apply(app, name)

    def set_colormap(self, name: str) -> None:
        """Colour maps in another way, now and from now on."""
        self.services.settings.setValue("look/colormap", name)
        self.services.view.set_look(colormap=name)

    def reset_layout(self) -> None:
        """Put every panel back where it was at first."""
        for page in self.pages.values():
            page.reset_layout()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or not."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # Help

    def show_help(self, name: str = "") -> None:
        """Open the help at a page; at that of the place that is shown where none is named."""
        from guiapp.ui.help import HelpWindow

        found = self.findChild(HelpWindow)
        shown = found if found is not None else HelpWindow(self)
        shown.open_page(name or self.place or "first-steps")

    def show_logs(self) -> None:
        """Open the folder of the log files."""
        show_in_file_manager(files.log_dir())

    # The end

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask what would be lost; then end everything within a bounded time."""
        if self._left:
            event.accept()
            return
        if not self._force and not self._may_close():
            event.ignore()
            return
        event.accept()
        self._leave()

    def close_at_once(self) -> None:
        """Close without a question; unsaved changes are kept in the autosave."""
        self._force = True
        self.files.keep_for_later()
        self.close()

    def _may_close(self) -> bool:
        if self.services.training.active:
            answer = asking.choose(
                self,
                "The network is still learning. Stop and close?",
                "What it learned until now is kept, and it can go on from there later.",
                ["Stop and close", "Keep training"],
            )
            if answer == 1:
                return False
        if not self.services.session.modified:
            return True
        answer = asking.choose(
            self,
            f"Save the changes to “{self.services.session.project.name}”?",
            "They have not been saved.",
            ["Save", "Discard changes", "Cancel"],
        )
        if answer == 0:
            self._after_save = self._close_now
            self.save()
        elif answer == 1:
            self.files.discard()
        return answer == 1

    def _saved(self) -> None:
        """Go on with what the saving was asked for, once the runs have come along."""
        training = self.services.training
        if self._after_save is None or self.files.saving:
            return
        if training.runs.waiting:
            training.stop()
            return
        then, self._after_save = self._after_save, None
        then()

    def _runs_moved(self, moved: dict[str, str]) -> None:
        if self.unfinished is not None:
            run, step = self.unfinished
            self.unfinished = moved.get(run, run), step
        self._saved()

    def _close_now(self) -> None:
        self._force = True
        self.close()

    def _save_failed(self) -> None:
        self._after_save = None

    def _leave(self) -> None:
        self._left = True
        gc.unfreeze()
        # The theme outlives the window.
        theme.changed.disconnect(self.menus.refresh_look)
        settings = self.services.settings
        settings.setValue("window/geometry", self.saveGeometry())
        for page in self.pages.values():
            page.save_state()
        settings.sync()
        self.hide()
        self.toasts.close_all()
        self.files.settle()
        self.services.engine.shut_down(SAVING_S if self.services.training.active else ENDING_S)
        self.leaving.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the menu's mark right when the screen is filled or left."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and hasattr(self, "menus"):
            self.menus.full_screen.setChecked(self.isFullScreen())


def suggested_name(project: Project) -> str:
    """Return a name for a project that has none of its own: that of its folder of images."""
    if project.dataset is None or project.name not in (SAMPLE_NAME, Project().name):
        return project.name
    return Path(project.dataset.path).stem or project.name


def show_in_file_manager(folder: Path) -> None:
    """Open a folder outside the program, or say why that cannot be."""
    if not folder.is_dir():
        notify.info(f"There is no folder {folder} yet.")
    elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        notify.warning(f"No file manager was found. The folder is {folder}")
