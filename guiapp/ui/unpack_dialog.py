"""Opening what was chosen or dropped: a packed archive is shown first, unpacked when that is wanted, then opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QPushButton, QVBoxLayout, QWidget

from guiapp.core import notify
from guiapp.core.messages import LookIntoArchive, Unpack
from guiapp.core.notify import Cancelled, as_user_error, printable
from guiapp.data import archives
from guiapp.data.archives import Contents
from guiapp.look import heading as words
from guiapp.look.facts import Facts
from guiapp.look.heading import set_property
from guiapp.look.jobs import Jobs
from guiapp.look.sizes import size_words
from guiapp.look.transfer import TransferBar
from guiapp.ui.place_row import PlaceRow
from guiapp.ui.services import Services

WIDTH, HEIGHT = 560, 280
FILTER = "Archives (*.zip *.tar *.tgz *.tbz2 *.txz *.tar.gz *.tar.bz2 *.tar.xz);;All files (*)"
FACTS = ("Holds", "Size", "At its top")
THERE = "This archive has been unpacked there already."
NO_ROOM = "It does not fit there. Free some space, or put it on another disk."


def open_path(services: Services, parent: QWidget, path: Path) -> None:
    """Make the images at `path` the project's; of an archive it is first shown what it holds.

    Parameters
    ----------
    services : Services
        Engine and dataset.
    parent : QWidget
        Over which the dialog is shown.
    path : Path
        A folder, a file or an archive.
    """
    if not path.name.lower().endswith(archives.SUFFIXES + archives.OTHERS):
        services.dataset.choose(str(path))
        return

    def decided(is_one: bool) -> None:
        if not shiboken6.isValid(parent):
            return
        if is_one:
            UnpackDialog(services, path, parent).open()
        else:
            services.dataset.choose(str(path))

    services.jobs.run(archives.is_archive, path, done=decided, key="open path", doing="opening the images")


def choose_archive(services: Services, parent: QWidget) -> None:
    """Ask for an archive and open it."""
    dataset = services.dataset.dataset
    start = dataset.root.parent if dataset is not None else Path.home()
    name, _ = QFileDialog.getOpenFileName(parent, "Open a packed archive of images", str(start), FILTER)
    if name:
        open_path(services, parent, Path(name))


@dataclass(frozen=True)
class _Survey:
    """What was found at the place that an archive is to be unpacked into."""

    place: Path
    before: Path | None
    free: int


def _survey(path: Path, parent: Path | None) -> _Survey:
    place = archives.free_place(path, parent)
    return _Survey(place, archives.unpacked_before(path, place), archives.free_bytes(place))


def describe(contents: Contents) -> str:
    """Return how many images and other files an archive holds."""
    others = contents.files - contents.images
    images = f"{contents.images:,} image{'s' if contents.images != 1 else ''}"
    rest = f"{others:,} {'other ' if contents.images else ''}file{'s' if others != 1 else ''}"
    return " and ".join(([images] if contents.images else []) + ([rest] if others else []))


def _need(contents: Contents) -> int:
    return archives.room_for(contents.nbytes, contents.files)


class UnpackDialog(QDialog):
    """What an archive holds, where it goes, and the button that unpacks it.

    Parameters
    ----------
    services : Services
        Engine and dataset.
    path : Path
        The archive.
    """

    def __init__(self, services: Services, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Open an archive")
        self._services, self._path = services, path
        self._jobs = Jobs(self)
        self._contents: Contents | None = None
        self._survey: _Survey | None = None
        self._request: int | None = None
        self._failure = ""
        self.facts = Facts(FACTS)
        self.place = PlaceRow()
        self.passed = words.secondary("")
        self.note = words.secondary("")
        self.problem = words.problem("")
        self.bar = TransferBar()
        self.unpack_button = QPushButton("Unpack")
        self.unpack_button.setProperty("primary", True)
        self._lay_out()
        self.place.changed.connect(self._ask_place)
        self.unpack_button.clicked.connect(lambda _checked=False: self.act())
        self._look()
        self._ask_place(None)
        self.close_button.setFocus()

    def _lay_out(self) -> None:
        self.facts.add("Put into", self.place)
        buttons = QDialogButtonBox()
        buttons.addButton(self.unpack_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.close_button = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.close_button.clicked.connect(lambda _checked=False: self.reject())
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        title = words.title(printable(self._path.name))
        title.setWordWrap(True)
        for widget in (title, self.facts, self.passed, self.note, self.problem, self.bar, buttons):
            column.addWidget(widget)
        column.insertStretch(column.count() - 1, 1)
        self.setMinimumWidth(WIDTH)
        self.resize(WIDTH, HEIGHT)
        for name in FACTS:
            self.facts.set(name, "…")
        self._refresh()

    # what is known

    def _look(self) -> None:
        path = str(self._path)
        self.bar.start("Looking into the archive")
        self._request = self._services.engine.request(
            lambda number: LookIntoArchive(number, path), self._looked, self._failed, self.bar.advance
        )

    def _looked(self, contents: Contents) -> None:
        self._request, self._contents = None, contents
        self.facts.set("Holds", describe(contents))
        self.facts.set("Size", f"{size_words(contents.packed)} packed, {size_words(contents.nbytes)} unpacked")
        top = ", ".join(printable(name) for name in contents.top[:5])
        self.facts.set("At its top", f"{top} …" if len(contents.top) > 5 else top)
        inside = f"{contents.archives:,} archives inside it stay packed."
        if contents.archives == 1:
            inside = "An archive inside it stays packed."
        self.passed.setText(" ".join(filter(None, (contents.passed_over, inside if contents.archives else ""))))
        self._refresh()

    def _ask_place(self, parent: Path | None) -> None:
        self._jobs.run(
            _survey, self._path, parent, done=self._surveyed, key="place", doing="looking where it can be unpacked"
        )

    def _surveyed(self, survey: _Survey) -> None:
        self._survey = survey
        self.place.set_place(survey.place, survey.free)
        self._refresh()

    def _refresh(self) -> None:
        survey, contents, busy = self._survey, self._contents, self._request is not None
        there = survey is not None and survey.before is not None
        fits = survey is None or contents is None or there or _need(contents) <= survey.free
        self.note.setText(THERE if there else "")
        self.problem.setText(self._failure if fits else NO_ROOM)
        self.unpack_button.setText("Open" if there else "Unpack")
        self.unpack_button.setEnabled(there or (not busy and survey is not None and contents is not None and fits))
        self.unpack_button.setDefault(self.unpack_button.isEnabled())
        if self.unpack_button.isEnabled() and self.focusWidget() in (None, self.close_button):
            self.unpack_button.setFocus()
        self.place.button.setEnabled(not busy or contents is None)
        if not busy:
            self.bar.finish()
        for label in (self.passed, self.note, self.problem):
            label.setVisible(bool(label.text()))
        set_property(self.note, "role", "good" if there else "secondary")
        self._grow()

    def _grow(self) -> None:
        """Make room for what is said now."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    # what is done

    def act(self) -> None:
        """Unpack the archive, or open what came out of it before."""
        survey = self._survey
        if survey is None:
            return
        if survey.before is not None:
            self._open(str(survey.before))
            return
        path, out = str(self._path), str(survey.place)
        self._failure = ""
        self.bar.start("Unpacking")
        self._request = self._services.engine.request(
            lambda number: Unpack(number, path, out), self._open, self._failed, self.bar.advance
        )
        self._refresh()

    def _open(self, folder: str) -> None:
        self._request = None
        self._services.dataset.choose(folder)
        self.accept()

    def _failed(self, exc: BaseException) -> None:
        self._request = None
        if self._contents is None:
            for name in FACTS:
                self.facts.set(name, "")
        if not isinstance(exc, Cancelled):
            self._failure = as_user_error(exc, doing=f"unpacking {printable(self._path.name)}").sentence
        self._refresh()

    def done(self, result: int) -> None:
        """Give up what is under way."""
        if self._request is not None and self._contents is not None:
            notify.info("Unpacking was cancelled. Nothing of it is left.")
        self._services.engine.forget(self._request)
        self._request = None
        super().done(result)
