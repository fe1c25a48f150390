"""The one way to tell the person something.

Code that meets a problem with what a person gave raises `UserError`; code that wants to say
something without stopping calls `info`, `warning` or `error`; the outermost caller of a piece of
work hands whatever it caught to `report`. Who shows the notes (the window, the command line, a
test) subscribes with `listen`.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Level = Literal["info", "warning", "error"]

log = logging.getLogger("guiapp")


def printable(text: object) -> str:
    """Return `text` on one line: control characters (newlines in file names) are escaped."""
    out = str(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in out)


def _ended(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."


class UserError(Exception):
    """A problem that the person can mend: what is wrong, where, and how to mend it.

    Parameters
    ----------
    what : str
        What is wrong, e.g. ``"holds only one class"``.
    where : object
        The thing it is wrong with: a path, a layer's name, a field; empty where there is none.
    mend : str
        What to do about it, as an order: ``"Add a folder for a second class"``.
    """

    def __init__(self, what: str, *, where: object = "", mend: str = "") -> None:
        self.what = printable(what)
        self.where = printable(where)
        self.mend = printable(mend)
        super().__init__(self.what, self.where, self.mend)

    def __reduce__(self) -> tuple[Callable[..., UserError], tuple[str, str, str]]:
        return _user_error, (self.what, self.where, self.mend)

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """One line: where, what, and the mend."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join(part for part in (_ended(head), _ended(self.mend)) if part)


def _user_error(what: str, where: str, mend: str) -> UserError:
    return UserError(what, where=where, mend=mend)


class Cancelled(Exception):
    """The person cancelled the work; nobody needs to be told."""


DENIED = "may not be opened: permission is denied"
"""What is said of a file or folder that the system does not let the program read."""

_OS_MENDS: dict[int, tuple[str, str]] = {
    errno.ENOENT: ("there is no such file or folder", "Check the name, or choose it again"),
    errno.EACCES: (DENIED, "Change its permissions, or choose another place"),
    errno.EPERM: ("may not be changed: permission is denied", "Change its permissions, or choose another place"),
    errno.EROFS: ("lies on a disk that can only be read", "Choose a place that can be written to"),
    errno.ENOSPC: ("does not fit: the disk is full", "Free some space, or choose another disk"),
    errno.EDQUOT: ("does not fit: your disk quota is used up", "Free some space, or choose another disk"),
    errno.EISDIR: ("is a folder, not a file", "Choose a file"),
    errno.ENOTDIR: ("is not a folder", "Choose a folder"),
    errno.ENAMETOOLONG: ("has a name that is too long", "Choose a shorter name"),
    errno.ELOOP: ("is a link that leads in a circle", "Remove the link"),
    errno.EMFILE: ("cannot be opened: too many files are open", "Close some programs and try again"),
}


def as_user_error(exc: BaseException, *, doing: str = "") -> UserError:
    """Return `exc` as a `UserError`; an unforeseen one is logged with its traceback.

    Parameters
    ----------
    exc : BaseException
        What was caught.
    doing : str
        What was being done, as in ``"saving the project"``; used where `exc` itself does not say.
    """
    if isinstance(exc, UserError):
        return exc
    if isinstance(exc, OSError):
        what, mend = _OS_MENDS.get(
            exc.errno or 0, (exc.strerror or str(exc) or "failed", "Check the file or folder and try again")
        )
        name = os.fsdecode(exc.filename) if isinstance(exc.filename, bytes) else exc.filename
        return UserError(what, where=doing if name is None else name, mend=mend)
    if isinstance(exc, MemoryError):
        return UserError(
            "there is not enough memory", where=doing, mend="Use smaller images, a smaller batch or a smaller network"
        )
    log.error("unexpected error while %s", doing or "working", exc_info=exc)
    return UserError(
        f"something went wrong that the program did not foresee ({type(exc).__name__}: {exc})",
        where=doing,
        mend="Your work is kept; please try again, and report it with the log file if it comes back",
    )


@dataclass(frozen=True)
class Note:
    """One thing told to the person.

    Attributes
    ----------
    level, text : str
        How bad it is, and what is told.
    about : str
        Its topic, if any: a newer note about the same thing takes its place, and `clear` takes it away.
    """

    level: Level
    text: str
    about: str = ""


Listener = Callable[[Note], None]
Clearer = Callable[[str], None]
_listeners: list[Listener] = []
_clearers: list[Clearer] = []
_lock = threading.Lock()


def listen(listener: Listener, clearer: Clearer | None = None) -> Callable[[], None]:
    """Have `listener` called with every note, on the thread that tells it; returns the way to stop.

    `clearer`, where given, is called with every topic that `clear` is called with.
    """
    with _lock:
        _listeners.append(listener)
        if clearer is not None:
            _clearers.append(clearer)

    def stop() -> None:
        with _lock:
            if listener in _listeners:
                _listeners.remove(listener)
            if clearer in _clearers:
                _clearers.remove(clearer)

    return stop


def tell(note: Note) -> None:
    """Hand `note` to the log and to every listener."""
    log.log({"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}[note.level], note.text)
    with _lock:
        listeners = list(_listeners)
    for listener in listeners:
        listener(note)


def clear(about: str) -> None:
    """Say that what was told about `about`, or about parts of it (``"images/2"``), does not matter any more."""
    with _lock:
        clearers = list(_clearers)
    for clearer in clearers:
        clearer(about)


def info(text: str, *, about: str = "") -> None:
    """Tell something that needs no answer."""
    tell(Note("info", printable(text), about))


def warning(text: str, *, about: str = "") -> None:
    """Tell something that the person should know before going on."""
    tell(Note("warning", printable(text), about))


def error(text: str, *, about: str = "") -> None:
    """Tell that something failed."""
    tell(Note("error", printable(text), about))


def report(exc: BaseException, *, doing: str = "", about: str = "") -> None:
    """Tell the person of an exception that ended a piece of work; a cancelled one is not told."""
    if not isinstance(exc, Cancelled):
        error(as_user_error(exc, doing=doing).sentence, about=about)
