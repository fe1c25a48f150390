"""The strip of images that were asked about in this session."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from guiapp.look.jobs import Jobs
from guiapp.ui.predict.images import THUMB, Source, read_picture, title_of
from guiapp.ui.predict.thumbs import Entry, Thumbs

KEEP = 24


class History(Thumbs):
    """Former images, the newest first.

    Signals
    -------
    again(object)
        The person wants to see this source (str or bytes) once more.
    removed(object)
        This source was taken out.
    """

    again = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Former images", side=52, parent=parent)
        self._jobs = Jobs(self)
        self._sources: dict[str, Source] = {}
        self._classes: dict[str, str] = {}
        self._numbers = 0
        self.set_remove_text("Remove from the strip")
        self.picked.connect(lambda key: self.again.emit(self._sources[key]))
        self.removeAsked.connect(self.remove)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The images, the newest first."""
        return tuple(self._sources.values())

    def add(self, source: Source) -> None:
        """Put an image in front (one that is there already stays in its place) and choose it."""
        key = self.key(source)
        if key is None:
            self._numbers += 1
            key = str(self._numbers)
            self._sources = dict(list({key: source, **self._sources}.items())[:KEEP])
            self._jobs.run(
                read_picture,
                source,
                THUMB,
                done=lambda image: self.set_thumb(key, image),
                # The page says what is wrong with an image.
                failed=lambda exc: None,
            )
        self._list(key)

    def set_class(self, source: Source, name: str) -> None:
        """Write the best class under an image."""
        key = self.key(source)
        if key is not None and self._classes.get(key) != name:
            self._classes[key] = name
            self._list(self.current())

    def key(self, source: Source) -> str | None:
        """Return the key of an image, or None."""
        return next((key for key, known in self._sources.items() if known == source), None)

    def remove(self, key: str) -> None:
        """Take an image out."""
        source = self._sources.pop(key)
        self._classes.pop(key, None)
        self._list(None if key == self.current() else self.current())
        self.removed.emit(source)

    def _list(self, current: str | None) -> None:
        self.setVisible(bool(self._sources))
        self.set_entries(
            [Entry(key, self._classes.get(key, "…"), tip=title_of(source)) for key, source in self._sources.items()],
            current,
        )
