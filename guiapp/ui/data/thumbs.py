"""Thumbnails, read in the background: what is seen first, what may be seen next after it, nothing twice."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from guiapp.core.notify import UserError, as_user_error
from guiapp.data.dataset import Dataset
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import to_qimage
from guiapp.look.tiling import SHARP_UP_TO

MOST_BYTES = 32_000_000
"""Pixels kept in memory."""

SLICE_S = 0.03
"""What was read is handed over this often."""

READERS = 1
"""With two, the window's thread waits for Python's lock much longer, and thumbnails come little sooner."""

_REMARK = 512  # what remembering a thumbnail costs beside its pixels

Picture = QImage | UserError


@dataclass(frozen=True)
class Thumb:
    """A thumbnail, or why there is none, and for squares of which size it was made."""

    picture: Picture
    size: int


class _Queue:
    """What is to be read next; shared by the readers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[int] = deque()
        self._busy: set[int] = set()

    def replace(self, images: Iterable[int]) -> bool:
        """Want only these from now on, in this order; returns whether there are any that nobody reads yet."""
        with self._lock:
            self._waiting = deque(image for image in images if image not in self._busy)
            return bool(self._waiting)

    @property
    def waiting(self) -> bool:
        """Whether anything is to be read."""
        with self._lock:
            return bool(self._waiting)

    def next(self) -> int | None:
        with self._lock:
            if not self._waiting:
                return None
            self._busy.add(self._waiting[0])
            return self._waiting.popleft()

    def done(self, images: Iterable[int]) -> None:
        with self._lock:
            self._busy.difference_update(images)


class Thumbs(QObject):
    """Keeps the thumbnails of one dataset within a bound of memory.

    Signals
    -------
    arrived(object)
        Thumbnails of these images are here: a list of their numbers.

    Attributes
    ----------
    failed : dict
        Why images that were wanted cannot be read, by their numbers.
    """

    arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self._dataset: Dataset | None = None
        self._kept: OrderedDict[int, Thumb] = OrderedDict()
        self._bytes = 0
        self._queue = _Queue()
        self._readers = 0
        self._size = 0
        self.failed: dict[int, str] = {}

    @property
    def kept_bytes(self) -> int:
        """How many bytes of memory the thumbnails take."""
        return self._bytes

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Read from another dataset; what is known of the former one is forgotten."""
        if dataset is not self._dataset:
            self._jobs.cancel_all()
            self._dataset, self._queue, self._readers = dataset, _Queue(), 0
            self._kept.clear()
            self.failed = {}
            self._bytes = 0

    def get(self, image: int) -> Thumb | None:
        """Return what is known of an image's thumbnail; None while it is not read."""
        return self._kept.get(image)

    def want(self, images: Iterable[int], size: int) -> None:
        """Read what is missing of these, in this order, for squares of `size` pixels; nothing else any more."""
        self._size = size
        wanted = list(images)[: max(1, MOST_BYTES // (4 * size * size))]
        for image in reversed(wanted):
            if image in self._kept:  # what is wanted most is forgotten last
                self._kept.move_to_end(image)
        missing = [image for image in wanted if self._is_missing(image)]
        if self._queue.replace(missing):
            while self._readers < READERS:
                self._start()

    def _is_missing(self, image: int) -> bool:
        thumb = self._kept.get(image)
        return thumb is None or (thumb.size != self._size and isinstance(thumb.picture, QImage))

    def _start(self) -> None:
        dataset, queue = self._dataset, self._queue
        if dataset is None:
            return
        self._readers += 1

        def done(found: list[tuple[int, Thumb]]) -> None:
            if queue is not self._queue:
                return
            self._readers -= 1
            queue.done(image for image, _ in found)
            for image, thumb in found:
                self._keep(image, thumb)
            if queue.waiting:  # also where more was wanted after the reader had come to its end
                self._start()
            if found:
                self.arrived.emit([image for image, _ in found])

        self._jobs.run(read_some, dataset, queue, self._size, done=done)

    def _keep(self, image: int, thumb: Thumb) -> None:
        self._forget(image)
        self._kept[image] = thumb
        self._bytes += _cost(thumb)
        if isinstance(thumb.picture, UserError):
            self.failed[image] = thumb.picture.what
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

    def _forget(self, image: int) -> None:
        thumb = self._kept.pop(image, None)
        if thumb is not None:
            self._bytes -= _cost(thumb)


def _cost(thumb: Thumb) -> int:
    return _REMARK + (thumb.picture.sizeInBytes() if isinstance(thumb.picture, QImage) else 0)


def read_some(dataset: Dataset, queue: _Queue, size: int) -> list[tuple[int, Thumb]]:
    """Read what is wanted most, one image after the other, for a short while."""
    found: list[tuple[int, Thumb]] = []
    end = time.monotonic() + SLICE_S
    while (image := queue.next()) is not None:
        found.append((image, Thumb(read_thumb(dataset, image, size), size)))
        if time.monotonic() > end:
            break
    return found


def read_thumb(dataset: Dataset, image: int, size: int) -> Picture:
    """Return an image as it is drawn in a square of `size` pixels, or why there is none.

    Small ones stay as they are: they are enlarged without smoothing, which costs nothing where they are drawn.
    """
    try:
        picture = to_qimage(dataset.thumbnail(image, size))
    except Exception as exc:  # whatever it is must reach the square that it belongs to
        return as_user_error(exc, doing=dataset.paths[image])
    if SHARP_UP_TO < max(picture.width(), picture.height()) < size:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        return picture.scaled(size, size, keep, smooth)
    return picture
