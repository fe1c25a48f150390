"""Pinning images to the project: the images whose maps are recorded while a network learns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from guiapp.core import notify
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.data import images
from guiapp.look.drop import DropTarget
from guiapp.look.icons import set_icon
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import Bytes
from guiapp.ui.predict.images import Source, kept, png, title_of

MOST = 8


class Pinning(QObject):
    """Adds images to `Project.pinned` and takes them away; each change is one undo step.

    Parameters
    ----------
    session : Session
        The open project.

    Signals
    -------
    changed()
        Other images are pinned.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = Jobs(self)
        stop = session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())

    @property
    def pinned(self) -> tuple[str, ...]:
        """Paths of the images that are pinned to the project."""
        return self._session.project.pinned

    def is_pinned(self, source: Source | None) -> bool:
        """Return whether an image is pinned to the project."""
        return source in self.pinned

    def pin(self, sources: Iterable[Source], done: Callable[[tuple[str, ...]], None] | None = None) -> None:
        """Pin images once they were found to be readable; what is none is said in words.

        Parameters
        ----------
        sources : iterable of str or bytes
            Paths, or pasted pictures (which are then kept in the user's data folder).
        done : callable, optional
            Called with the paths that were pinned.
        """
        wanted = list(sources)

        def work() -> tuple[list[str], list[UserError]]:
            good: list[str] = []
            bad: list[UserError] = []
            for source in wanted:
                try:
                    path = kept(source)
                    images.thumbnail(path, 16)
                    good.append(str(Path(path).absolute()))
                except (UserError, OSError) as exc:
                    bad.append(notify.as_user_error(exc, doing="pinning the image"))
            return good, bad

        def finish(result: tuple[list[str], list[UserError]]) -> None:
            good, bad = result
            for error in bad[:3]:
                notify.error(error.sentence)
            added = self._add(good)
            if done is not None:
                done(added)

        self._jobs.run(work, done=finish, doing="pinning the image")

    def _add(self, paths: list[str]) -> tuple[str, ...]:
        fresh = [path for path in dict.fromkeys(paths) if path not in self.pinned]
        room = MOST - len(self.pinned)
        if len(fresh) > room:
            notify.warning(
                f"At most {MOST} images can be pinned. Unpin one on the Inspect page before you pin “"
                f"{title_of(fresh[max(0, room)])}”."
            )
        added = tuple(fresh[: max(0, room)])
        if added:
            what = f"pin {title_of(added[0])}" if len(added) == 1 else f"pin {len(added)} images"
            self._set((*self.pinned, *added), what)
            notify.info("Pinned. Its maps are recorded from the next training on.")
        return added

    def accept_drops(self, widget: QWidget) -> DropTarget:
        """Have images that are dropped on `widget` pinned; returns what takes them."""
        target = DropTarget(widget)
        target.pathsDropped.connect(self._pin_paths)
        target.imageDropped.connect(self._pin_pixels)
        return target

    def _pin_paths(self, paths: list[Path]) -> None:
        self.pin([str(path) for path in paths])

    def _pin_pixels(self, image: Bytes) -> None:
        self._jobs.run(png, image, done=lambda data: self.pin([data]), doing="pinning the image")

    def unpin(self, source: Source) -> None:
        """Take an image away from those that are pinned."""
        self._set(tuple(path for path in self.pinned if path != source), f"unpin {title_of(source)}")

    def toggle(self, source: Source) -> None:
        """Pin an image, or unpin it."""
        if self.is_pinned(source):
            self.unpin(source)
        else:
            self.pin([source])

    def action(self, source: Callable[[], Source | None], parent: QObject) -> PinAction:
        """Return an action that pins or unpins what `source` returns when it is triggered."""
        return PinAction(self, source, parent)

    def _set(self, paths: tuple[str, ...], text: str) -> None:
        self._session.change(self._session.project.model_copy(update={"pinned": paths}), text)

    def _session_changed(self, old: Project, new: Project) -> None:
        if old.pinned != new.pinned:
            self.changed.emit()


class PinAction(QAction):
    """Pins or unpins an image; its words and `icon_name` follow."""

    def __init__(self, pinning: Pinning, source: Callable[[], Source | None], parent: QObject) -> None:
        super().__init__(parent)
        self._pinning, self._source = pinning, source
        self.icon_name = "pin"
        self.setShortcut(QKeySequence("Ctrl+P"))
        self.triggered.connect(self._toggle)
        pinning.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what it would do now; called when another image is looked at."""
        source = self._source()
        pinned = self._pinning.is_pinned(source)
        self.icon_name = "unpin" if pinned else "pin"
        self.setEnabled(source is not None)
        self.setText("Unpin image" if pinned else "Pin image")
        self.setToolTip(
            "Stop recording this image's maps while training"
            if pinned
            else "Record this image's maps while training, so that you can watch them change"
        )
        set_icon(self, self.icon_name)

    def _toggle(self) -> None:
        source = self._source()
        if source is not None:
            self._pinning.toggle(source)
