"""The strip of images to look at: pinned in the run, pinned to the project, dropped here, from the dataset."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from guiapp.core import notify
from guiapp.core.runs import RunReader
from guiapp.data.dataset import Dataset
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import Bytes
from guiapp.ui.pinning import Pinning
from guiapp.ui.predict.answer import rgb
from guiapp.ui.predict.images import THUMB, Source, png, read_picture, title_of
from guiapp.ui.predict.thumbs import Entry, Thumbs
from guiapp.visuals.context import ViewContext
from guiapp.visuals.reading import read_seen

MOST_CLASSES = 12
KEEP = 48


def one_of_each(dataset: Dataset, seed: int) -> list[tuple[str, Source]]:
    """Return a random image of each class (of at most `MOST_CLASSES`), with the class's name; waits for the disk."""
    rng = np.random.default_rng(seed)
    found: list[tuple[str, Source]] = []
    for label in range(min(len(dataset.class_names), MOST_CLASSES)):
        rows = np.flatnonzero(dataset.labels == label)
        if not rows.size:
            continue
        at = int(rng.choice(rows))
        source: Source = str(dataset.absolute(at)) if dataset.is_file(at) else png(dataset.read(at))
        found.append((dataset.class_names[label], source))
    return found


class Images(Thumbs):
    """All images that can be looked at.

    Signals
    -------
    chosen(object)
        The number of a pinned image of the run (int), a source (str or bytes), or None.
    """

    chosen = Signal(object)

    def __init__(self, view: ViewContext, pinning: Pinning, parent: QWidget | None = None) -> None:
        super().__init__("Images", side=56, parent=parent)
        self._view, self._pinning = view, pinning
        self._jobs = Jobs(self)
        self._seen: tuple[Bytes, ...] = ()
        self._extra: dict[str, tuple[str, Source]] = {}
        self._numbers = 0
        self.set_remove_text("Take out of the strip")
        self.picked.connect(self._picked)
        self.removeAsked.connect(self._remove)
        view.run_changed.connect(self._run_changed)
        view.pin_changed.connect(self._pin_changed)
        view.snapshots_changed.connect(self._read_seen)
        pinning.changed.connect(self.refresh)
        self._read_seen()
        self.refresh()

    # What there is

    def image(self) -> int | Source | None:
        """Return what is chosen: a pin's number, a source, or None."""
        key = self.current()
        if key is None:
            return None
        if key.startswith("pin:"):
            return int(key.removeprefix("pin:"))
        return self._extra[key][1]

    def source(self) -> Source | None:
        """Return the chosen image as a file or bytes; None where a pinned image's file is not known."""
        image = self.image()
        if isinstance(image, int):
            return self._view.pinned[image] if image < len(self._view.pinned) else None
        return image

    def add(self, images: Iterable[tuple[str, Source]]) -> None:
        """Add images with their titles, and choose the first of them."""
        wanted = list(images)
        if len(wanted) > KEEP:
            notify.info(f"The first {KEEP} of {len(wanted):,} images are shown.")
        keys = [self._add(title, source) for title, source in wanted[:KEEP]]
        if keys:
            self.refresh(keys[0])
            self.chosen.emit(self.image())

    def _add(self, title: str, source: Source) -> str:
        if isinstance(source, str) and source in self._view.pinned:
            return f"pin:{self._view.pinned.index(source)}"
        for key, (_, known) in self._extra.items():
            if known == source:
                return key
        self._numbers += 1
        key = f"image:{self._numbers}"
        self._extra[key] = (title, source)
        while len(self._extra) > KEEP:
            del self._extra[next(iter(self._extra))]
        self._jobs.run(
            read_picture,
            source,
            THUMB,
            done=lambda image: self.set_thumb(key, image),
            # What is wrong with an image is said where its maps would be.
            failed=lambda exc: None,
        )
        return key

    def refresh(self, choose: str | None = None) -> None:
        """List everything anew."""
        for path in self._pinning.pinned:
            if path not in self._view.pinned:
                self._add(Path(path).stem, path)
        count = max(len(self._seen), len(self._view.pinned))
        entries = [self._pin_entry(i) for i in range(count)]
        for key, (title, source) in self._extra.items():
            badge = "pin" if self._pinning.is_pinned(source) else ""
            entries.append(Entry(key, title, badge=badge, tip=title_of(source)))
        before = self.current()
        self.set_entries(entries, choose)
        for i, image in enumerate(self._seen):
            self.set_thumb(f"pin:{i}", rgb(image))
        if self.current() is None and entries:
            at = min(self._view.pin, count - 1) if count else 0
            self.set_current(entries[at].key)
        if self.current() != before:
            self.chosen.emit(self.image())

    def _pin_entry(self, pin: int) -> Entry:
        path = self._view.pinned[pin] if pin < len(self._view.pinned) else ""
        title = Path(path).stem or f"image {pin + 1}"
        return Entry(f"pin:{pin}", title, badge="pin", tip=f"{path or title}\nIts maps were recorded while training")

    # What happens

    def _picked(self, key: str) -> None:
        if key.startswith("pin:"):
            self._view.set_pin(int(key.removeprefix("pin:")))
        self.chosen.emit(self.image())

    def _pin_changed(self) -> None:
        current = self.current()
        wanted = f"pin:{self._view.pin}"
        if len(self._view.pinned) != sum(key.startswith("pin:") for key in self.keys()):
            self.refresh()
        if (current is None or current.startswith("pin:")) and wanted in self.keys() and current != wanted:
            self.set_current(wanted)
            self.chosen.emit(self.image())

    def _remove(self, key: str) -> None:
        if key.startswith("pin:"):
            notify.info("The run has recorded this image, so it stays here. Unpin it to leave it out of the next run.")
            return
        _, source = self._extra.pop(key)
        if self._pinning.is_pinned(source):
            self._pinning.unpin(source)
        self.refresh()

    def _run_changed(self) -> None:
        self._seen = ()
        self._jobs.cancel("seen")
        self._read_seen()
        self.refresh()

    def _read_seen(self) -> None:
        run = self._view.run
        if run is None or self._seen or not self._view.snapshots.size:
            return

        def done(result: tuple[RunReader, tuple[Bytes, ...]]) -> None:
            if result[0] is self._view.run and result[1]:
                self._seen = result[1]
                self.refresh()

        self._jobs.run(lambda: (run, read_seen(run)), done=done, key="seen", doing="reading the pinned images")
