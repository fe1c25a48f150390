"""The part of the left column about where the images come from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from guiapp.data.dataset import Dataset
from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import secondary
from guiapp.look.icons import set_icon
from guiapp.ui.actions import make
from guiapp.ui.data.reading import importer_title
from guiapp.ui.data.section import Section
from guiapp.ui.dataset_model import sample_folder
from guiapp.ui.get_dataset import get_dataset
from guiapp.ui.page import Page
from guiapp.ui.services import Services
from guiapp.ui.unpack_dialog import open_path

RECENT_KEY = "data/recent"
MOST_RECENT = 6
FILES = "Images, tables and archives (*)"


def found_text(dataset: Dataset, classes: int) -> str:
    """Return what was found: ``4,000 images in 2 classes, a folder for each class``.

    Parameters
    ----------
    dataset : Dataset
        The images.
    classes : int
        How many classes the project makes of them.
    """
    title = importer_title(dataset.importer)
    if title[1:2].islower() or title[1:2] == " ":
        title = title[0].lower() + title[1:]
    text = f"{len(dataset):,} images in {classes:,} classes"
    return f"{text}, {title}" if title else text


class SourceSection(Section):
    """The path, what was found there, and the button that chooses others."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Images", services.settings, parent=parent)
        self._services = services
        self._path = ElidedLabel("", role="body")
        self._found = secondary("")
        self.choose_button = QPushButton("Choose images")
        set_icon(self.choose_button, "folder")
        self.choose_button.setToolTip("A folder, a file, an archive, or one of the well-known datasets")
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.choose_button.setMenu(self.menu)
        self._recent = Recent(services.settings)
        self._make_actions()
        self.body.addWidget(self._path)
        self.body.addWidget(self._found)
        self.body.addWidget(self.choose_button)

    def _make_actions(self) -> None:
        # The page has actions of its own with their keys; these are only for the button's menu.
        self.folder_action = make(
            self, "Folder…", self.choose, icon="folder", tip="A folder of images: one for each class, or with a table"
        )
        self.file_action = make(
            self, "File or archive…", self.choose_file, icon="open", tip="A table, a list, arrays, a zip or tar file"
        )
        self.get_action = make(
            self, "Get a dataset…", self.get, icon="download", tip="Download one of the well-known datasets"
        )
        self.sample_action = make(
            self, "Sample", self.use_sample, icon="image", tip="Images of shapes that the program draws itself"
        )

    def _fill_menu(self) -> None:
        self.menu.clear()
        self.menu.addActions([self.folder_action, self.file_action, self.get_action])
        self.menu.addSeparator()
        self.menu.addAction(self.sample_action)
        settings = self._services.session.project.dataset
        paths = [path for path in self._recent.paths() if settings is None or path != settings.path]
        if not paths:
            return
        self.menu.addSeparator()
        for path in paths:
            place = Path(path)
            action: QAction = self.menu.addAction(f"{place.name}  –  {_short(place.parent)}".replace("&", "&&"))
            action.setToolTip(path)
            action.triggered.connect(lambda _checked=False, path=path: self.open(path))
        self.menu.addAction("Forget these", self._recent.forget)

    def refresh(self) -> None:
        """Show where the images come from, and what was found."""
        settings, model = self._services.session.project.dataset, self._services.dataset
        path = settings.path if settings is not None else ""
        sample = path == str(sample_folder())
        self._path.setText("Sample: shapes that the program draws" if sample else path or "No images yet")
        # As the list of classes below has them: some may have been made one.
        self._found.setText(found_text(model.dataset, len(model.counts())) if model.dataset is not None else "")
        self._found.setVisible(model.dataset is not None)
        if model.state == "ready" and path and not sample:
            self._recent.add(path)

    @property
    def text(self) -> str:
        """What is said of the images."""
        return f"{self._path.text()}\n{self._found.text()}"

    def _start(self) -> str:
        # The folder was there when it was opened; to look again could take long on a drive that is gone.
        dataset = self._services.dataset.dataset
        return str(dataset.root if dataset is not None else Path.home())

    def _page(self) -> QWidget:
        """Return the page, over which the dialogs of all its buttons are shown."""
        above: QWidget = self
        while not isinstance(above, Page) and (parent := above.parentWidget()) is not None:
            above = parent
        return above

    def open(self, path: str) -> None:
        """Open what was chosen; an archive is shown first."""
        open_path(self._services, self._page(), Path(path))

    def choose(self) -> None:
        """Ask for a folder."""
        folder = QFileDialog.getExistingDirectory(self, "Choose the folder of images", self._start())
        if folder:
            self.open(folder)

    def choose_file(self) -> None:
        """Ask for a file."""
        file, _ = QFileDialog.getOpenFileName(self, "Choose a file of images", self._start(), FILES)
        if file:
            self.open(file)

    def get(self) -> None:
        """Show the well-known datasets."""
        get_dataset(self._services, self._page())

    def use_sample(self) -> None:
        """Use the images that the program draws itself; they are drawn first where they are missing."""
        self._services.dataset.choose_sample()


class Recent:
    """Where images were opened from lately, the last first."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def paths(self) -> list[str]:
        """Return the paths."""
        found = self._settings.value(RECENT_KEY)
        if isinstance(found, str):
            return [found]  # as a list of one comes back
        return [str(path) for path in found] if isinstance(found, list) else []

    def add(self, path: str) -> None:
        """Put a path first."""
        paths = self.paths()
        if paths[:1] != [path]:
            self._settings.setValue(RECENT_KEY, [path, *(other for other in paths if other != path)][:MOST_RECENT])

    def forget(self) -> None:
        """Empty the list."""
        self._settings.remove(RECENT_KEY)


def _short(folder: Path) -> str:
    text = str(folder)
    return text if len(text) <= 32 else f"…{text[-31:]}"
