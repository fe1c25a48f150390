"""What the library holds, as the window knows it: read and changed off the window's thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from guiapp.core import library_files
from guiapp.core.library import LibraryItem
from guiapp.core.library_files import Shelf, Stored
from guiapp.look.jobs import Jobs
from guiapp.look.theme import theme
from guiapp.ui.network.choices import Entry
from guiapp.ui.network.library_pictures import drawn, picture, to_png
from guiapp.ui.network.words import shape_text, short_count

PREFIX = "library:"
MIME = "application/x-convnet-studio-library"
Removed = tuple[LibraryItem, bytes]
Failed = Callable[[BaseException], None]


def size(item: LibraryItem) -> str:
    """Return how many layers it has, and how many parameters as far as that can be told."""
    layers = f"{item.layers:,} layer{'s' * (item.layers != 1)}"
    known = item.what == "network" or bool(item.entry)
    return f"{layers} · {short_count(item.parameters)} parameters" if known else layers


def shapes(item: LibraryItem) -> str:
    """Return what goes in and what comes out; empty where that cannot be told."""
    rows = item.analysis.rows
    if (item.what == "block" and not item.entry) or not rows:
        return ""
    begun = item.entry if item.what == "block" else rows[0].shape
    return f"{shape_text(begun)} → {shape_text(item.analysis.shape)}"


def facts(item: LibraryItem) -> str:
    """Return all that is known of it at a glance."""
    return " · ".join(part for part in (size(item), shapes(item)) if part)


def matches(item: LibraryItem, query: str) -> bool:
    """Whether each word of `query` is in the name, the note, or a kind of its layers."""
    kinds = " ".join({type(layer).title for layer in item.network.layers})
    everything = f"{item.name} {item.note} {item.what} {kinds}".casefold()
    return all(word in everything for word in query.casefold().split())


def entry(stored: Stored) -> Entry:
    """Return what a list of choices shows of it; its key leads to it by `LibraryShelf.named`."""
    item = stored.item
    network = item.what == "network"
    begun = [shape_text(row.shape) for row in item.analysis.rows[:1]] if network else []
    fact = "  ·  ".join([*begun, f"{short_count(item.parameters)} parameters"] if begun else [size(item)])
    text = item.note.split("\n")[0] or shapes(item)
    return Entry(key(stored), item.name, text, "network" if network else "block", fact=fact)


def key(stored: Stored) -> str:
    """Return what stands for it in lists of choices, and where it is dragged."""
    return f"{PREFIX}{stored.path.stem}"


class LibraryShelf(QObject):
    """The library of one page.

    Signals
    -------
    changed()
        It holds something else.
    pictured(object)
        The picture of a `Path` is there.
    """

    changed = Signal()
    pictured = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self.shelf = Shelf()
        self.pictures: dict[Path, QImage] = {}
        self.known = False
        self._changes: deque[Callable[[], None]] = deque()
        self._moved: dict[Path, Path] = {}
        theme.changed.connect(self._look_again)

    def refresh(self) -> None:
        """Read it anew; `changed` follows."""
        self._jobs.run(_read, done=self._take, key="read", doing="reading your library")

    def entries(self, query: str = "", what: str = "block") -> list[Entry]:
        """Return the blocks (or networks) whose name, note or kinds a search finds; empty until it has been read."""
        if not self.known:
            self.known = True
            self.refresh()
        return [entry(one) for one in self.shelf.stored if one.item.what == what and matches(one.item, query)]

    def named(self, name: str) -> Stored | None:
        """Return what the key of an entry stands for."""
        return next((one for one in self.shelf.stored if key(one) == name), None)

    def keep(
        self, item: LibraryItem, *, replace: bool, done: Callable[[Stored], None], failed: Failed, png: bytes = b""
    ) -> None:
        """Put `item` into the library, with `png` or a new drawing as its picture."""
        dark = theme.dark

        def work() -> Stored:
            stored = library_files.keep(item, png or to_png(drawn(item, dark=dark)), replace=replace)
            self._moved.pop(stored.path, None)
            return stored

        self._change(work, done, failed)

    def rename(self, stored: Stored, name: str, *, done: Callable[[Stored], None], failed: Failed) -> None:
        """Give it another name."""

        def work() -> Stored:
            now = self._now(stored)
            renamed = library_files.rename(now, name)
            if renamed.path != now.path:
                self._moved[now.path] = renamed.path
                self._moved.pop(renamed.path, None)
            return renamed

        self._change(work, done, failed)

    def annotate(self, stored: Stored, note: str, *, done: Callable[[Stored], None], failed: Failed) -> None:
        """Write another note beside it."""
        self._change(lambda: library_files.annotate(self._now(stored), note), done, failed)

    def remove(self, stored: Stored, *, done: Callable[[Removed], None], failed: Failed) -> None:
        """Remove it; `done` is given it and its picture, with which `keep` brings it back."""

        def work() -> Removed:
            now = self._now(stored)
            return now.item, library_files.remove(now)

        self._change(work, done, failed)

    def _now(self, stored: Stored) -> Stored:
        """Return it as it is on disk, wherever a change before this one moved it."""
        path = stored.path
        while path in self._moved:
            path = self._moved[path]
        return Stored(path, library_files.read(path))

    def _change(self, work: Callable[[], object], done: Callable[..., None], failed: Failed) -> None:
        """Do `work` after all changes that were asked for before it."""

        def finish(value: object) -> None:
            self._next()
            self.refresh()
            done(value)

        def fail(exc: BaseException) -> None:
            self._next()
            self.refresh()
            failed(exc)

        def start() -> None:
            self._jobs.run(work, done=finish, failed=fail)

        self._changes.append(start)
        if len(self._changes) == 1:
            self._changes[0]()

    def _next(self) -> None:
        self._changes.popleft()
        if self._changes:
            self._changes[0]()

    def _take(self, shelf: Shelf) -> None:
        before = {one.path: one.item for one in self.shelf.stored}
        gone = [path for path in self.pictures if path not in {one.path for one in shelf.stored}]
        changed = [one.path for one in shelf.stored if before.get(one.path) != one.item]
        for path in {*gone, *changed}:
            self.pictures.pop(path, None)
        self.shelf, self.known = shelf, True
        self.changed.emit()
        self._draw()

    def _look_again(self) -> None:
        self.pictures.clear()
        if self.shelf.stored:
            self._draw()

    def _draw(self) -> None:
        wanted = [one for one in self.shelf.stored if one.path not in self.pictures]
        if wanted:
            self._jobs.run(
                _drawn_all, wanted, theme.dark, progress=self._show, key="draw", doing="drawing your library"
            )

    def _show(self, path: Path, image: QImage) -> None:
        self.pictures[path] = image
        self.pictured.emit(path)


def _read() -> Shelf:
    shelf = library_files.read_all()
    for stored in shelf.stored:
        _ = stored.item.analysis  # worked out here, not on the window's thread
    return shelf


def _drawn_all(wanted: list[Stored], dark: bool, *, progress: Callable[..., None]) -> None:
    for stored in wanted:
        progress(stored.path, picture(stored, dark=dark))
