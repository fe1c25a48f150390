"""“Get a dataset…”: what can be had from the web, how large it is and under which terms, and the way to have it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from guiapp.core import notify
from guiapp.core.messages import Download
from guiapp.core.notify import Cancelled, as_user_error
from guiapp.data import archives
from guiapp.data.catalogue import CATALOGUE, Known
from guiapp.data.downloads import begun, downloaded
from guiapp.look import heading as words
from guiapp.look.facts import Facts
from guiapp.look.icons import set_icon
from guiapp.look.jobs import Jobs
from guiapp.look.sizes import size_words
from guiapp.look.transfer import TransferBar
from guiapp.ui.dataset_rows import DatasetRows
from guiapp.ui.place_row import PlaceRow
from guiapp.ui.services import Services

SIZE = QSize(860, 480)
LEFT = 272
NO_ROOM = "It does not fit there. Free some space, or put it on another disk."


def get_dataset(services: Services, parent: QWidget) -> GetDatasetDialog:
    """Show the dialog; one whose download goes on in the background comes to the front again.

    Parameters
    ----------
    services : Services
        Engine and dataset.
    parent : QWidget
        Over which it is shown.
    """
    dialog = parent.findChild(GetDatasetDialog) or GetDatasetDialog(services, parent)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


@dataclass(frozen=True)
class There:
    """What is on the disk of a dataset.

    Attributes
    ----------
    out : Path
        The folder that it is put into.
    folder : Path or None
        The folder to open where it is there already.
    begun : int
        The bytes that an earlier try left.
    free : int
        The bytes that are free on that disk.
    """

    out: Path
    folder: Path | None
    begun: int
    free: int


def look_at(known: Known, out: Path) -> There:
    """Find out what is on the disk of a dataset; to be called off the window's thread."""
    return There(out, downloaded(known, out), begun(known, out), archives.free_bytes(out))


def classes_words(known: Known) -> str:
    """Return how many classes there are and what they are called."""
    more = known.class_count - len(known.classes)
    return f"{known.class_count}: {', '.join(known.classes)}{f' and {more} more' if more else ''}"


class GetDatasetDialog(QDialog):
    """The datasets at the left; at the right what the chosen one is, and the button that gets it.

    Closing it while something is downloaded only hides it.

    Parameters
    ----------
    services : Services
        Engine and dataset.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Get a dataset")
        self.resize(SIZE)
        self._services = services
        self._jobs = Jobs(self)
        self._there: dict[str, There] = {}
        self._failures: dict[str, str] = {}
        self._coming: Known | None = None
        self._request: int | None = None
        self.list = QListWidget()
        self.list.setAccessibleName("Datasets")
        self.list.setFixedWidth(LEFT)
        self.list.setItemDelegate(DatasetRows(self.list))
        self.title, self.about = words.title(), words.secondary()
        self.facts = Facts(("Images", "Classes", "Download", "On the disk", "Licence", "From"))
        self.place = PlaceRow()
        self.note, self.problem = words.secondary(), words.problem()
        self.bar = TransferBar("Stop")
        self.bar.cancel_button.setToolTip("What was downloaded is kept, and gone on with the next time")
        self.get_button = QPushButton()
        self.get_button.setProperty("primary", True)
        self._lay_out()
        self._fill()
        self._connect()
        self.list.setCurrentRow(0)

    def _lay_out(self) -> None:
        self.facts.add("Put into", self.place)
        right = QVBoxLayout()
        right.setSpacing(12)
        for widget in (self.title, self.about, self.facts, self.note, self.problem):
            right.addWidget(widget)
        right.addStretch(1)
        right.addWidget(self.bar)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addWidget(self.list)
        both.addLayout(right, 1)
        buttons = QDialogButtonBox()
        buttons.addButton(self.get_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Close).clicked.connect(lambda _checked=False: self.reject())
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(both, 1)
        column.addWidget(buttons)

    def _fill(self) -> None:
        for known in CATALOGUE:
            item = QListWidgetItem(known.title)
            item.setData(DatasetRows.FACTS, f"{known.images:,} images · {size_words(known.nbytes)}")
            item.setToolTip(known.text)
            self.list.addItem(item)
            self._look(known, known.place())

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(lambda _row: self._show())
        self.place.changed.connect(lambda parent: self._look(self.known, parent / self.known.name))
        self.bar.cancelled.connect(lambda: self._services.engine.cancel(self._request))
        self.get_button.clicked.connect(lambda _checked=False: self.act())

    @property
    def known(self) -> Known:
        """The dataset that is chosen."""
        return CATALOGUE[max(0, self.list.currentRow())]

    # what is shown

    def _look(self, known: Known, out: Path) -> None:
        def seen(there: There) -> None:
            self._there[known.name] = there
            item = self.list.item(CATALOGUE.index(known))
            item.setData(DatasetRows.STATE, "on this computer" if there.folder else "")
            if known is self.known:
                self._show()

        self._jobs.run(
            look_at, known, out, done=seen, key=known.name, doing="looking for what has been downloaded already"
        )

    def _show(self) -> None:
        known = self.known
        self.title.setText(known.title)
        self.about.setText(known.text)
        self.facts.set("Images", f"{known.images:,}, {known.size}")
        self.facts.set("Classes", classes_words(known))
        self.facts.set("Download", size_words(known.nbytes))
        self.facts.set("On the disk", f"about {size_words(known.unpacked)}")
        self.facts.set("Licence", known.licence)
        self.facts.set("From", known.source, known.page)
        there = self._there.get(known.name)
        if there is not None:
            self.place.set_place(there.out, there.free)
        self._show_state(known, there)

    def _show_state(self, known: Known, there: There | None) -> None:
        coming, here = self._coming, there is not None and there.folder is not None
        fits = there is None or here or known.nbytes - there.begun + known.unpacked <= there.free
        other = coming is not None and coming is not known
        self.note.setText(_note(known, there, coming))
        self.problem.setText(self._failures.get(known.name, "") if fits else NO_ROOM)
        self.get_button.setText(_verb(there, failed=known.name in self._failures))
        set_icon(self.get_button, "open" if here else "download", "on_accent")
        self.get_button.setEnabled(there is not None and coming is not known and (here or (fits and not other)))
        self.get_button.setDefault(self.get_button.isEnabled())
        self.place.button.setEnabled(coming is not known)
        self.bar.setVisible(coming is not None)
        for label in (self.note, self.problem):
            label.setVisible(bool(label.text()))

    # what is done

    def act(self) -> None:
        """Download the chosen dataset, or open it where it is there."""
        known, there = self.known, self._there.get(self.known.name)
        if there is None:
            return
        if there.folder is not None:
            self._open(there.folder)
            return
        self._coming, out = known, str(there.out)
        self._failures.pop(known.name, None)
        self.bar.start(f"Asking for {known.title}")
        self._request = self._services.engine.request(
            lambda number: Download(number, known.name, out), self._done, self._failed, self._progressed
        )
        self._show()

    def _progressed(self, text: str, done: int, total: int) -> None:
        if self._coming is not None:
            self.bar.advance(f"{self._coming.title}: {text[0].lower()}{text[1:]}", done, total)

    def _done(self, folder: str) -> None:
        known = self._ended()
        if self.isVisible():
            self._open(Path(folder))
            return
        notify.info(f"{known.title} has been downloaded. Choose “Get a dataset…” to open it.")

    def _failed(self, exc: BaseException) -> None:
        known = self._ended()
        if isinstance(exc, Cancelled):
            return
        self._failures[known.name] = as_user_error(exc, doing=f"downloading {known.title}").sentence
        self._show()
        if not self.isVisible():
            notify.report(exc, doing=f"downloading {known.title}")

    def _ended(self) -> Known:
        known, self._coming, self._request = self._coming, None, None
        assert known is not None
        self.bar.finish()
        self._look(known, self._there[known.name].out)
        self._show()
        return known

    def _open(self, folder: Path) -> None:
        self._services.dataset.choose(str(folder))
        self.accept()

    def done(self, result: int) -> None:
        """Close; while something is downloaded, only hide."""
        super().done(result)
        if self._coming is None:
            self.deleteLater()
        else:
            notify.info(f"The download of {self._coming.title} goes on. “Get a dataset…” shows how far it is.")


def _verb(there: There | None, *, failed: bool) -> str:
    if there is not None and there.folder is not None:
        return "Open"
    if there is not None and there.begun:
        return "Go on downloading"
    return "Try again" if failed else "Download"


def _note(known: Known, there: There | None, coming: Known | None) -> str:
    if coming is not None and coming is not known:
        return f"{coming.title} is being downloaded; this one can follow."
    if there is not None and there.folder is not None:
        return "It is on this computer already."
    if there is not None and there.begun and coming is None:
        return f"{size_words(there.begun)} of it is here from an earlier download; the rest is still to come."
    return ""
