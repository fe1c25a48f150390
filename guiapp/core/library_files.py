"""The library on disk: read, kept, renamed and removed; one damaged file harms no other."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from guiapp.core import files
from guiapp.core.library import FORMAT, LibraryItem, changed, same_name
from guiapp.core.network import MAX_LAYERS
from guiapp.core.notify import UserError, as_user_error
from guiapp.core.project import slug, words

SUFFIX, PICTURE = ".json", ".png"
MAX_BYTES = 8 * 1024 * 1024
MAX_PICTURE = 4 * 1024 * 1024
MAX_ITEMS = 2000
MEND = "Remove it from the library’s folder, or choose another"


@dataclass(frozen=True)
class Stored:
    """A thing of the library, and its file."""

    path: Path
    item: LibraryItem

    @property
    def picture(self) -> Path:
        """Where its picture is, if it has one."""
        return self.path.with_suffix(PICTURE)


@dataclass(frozen=True)
class Shelf:
    """What the library holds, by name, and a sentence for each file that cannot be read."""

    stored: tuple[Stored, ...] = ()
    damaged: tuple[str, ...] = ()


class NameTakenError(UserError):
    """The library has something of this name already."""


def folder() -> Path:
    """Where the library is."""
    return files.data_dir() / "library"


def read(path: Path) -> LibraryItem:
    """Read one thing of the library.

    Raises
    ------
    UserError
        When it is far too large, damaged, from a newer version, or holds what this version does not know.
    OSError
        When it cannot be opened.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UserError("is too large to be of the library", where=path, mend=MEND)
    try:
        value: Any = json.loads(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UserError("is damaged: it is no JSON that can be read", where=path, mend=MEND) from None
    if not isinstance(value, dict) or type(value.get("format")) is not int:
        raise UserError("is not of the library: it has no format number", where=path, mend=MEND)
    if value["format"] > FORMAT:
        raise UserError(
            f"was kept by a newer version of the program (format {str(value['format'])[:12]}; this one knows up to "
            f"{FORMAT})",
            where=path,
            mend="Update the program to use it",
        )
    try:
        item = LibraryItem.model_validate(value)
    except ValidationError as exc:
        raise UserError(f"has a field that is wrong: {words(exc)[0]}", where=path, mend=MEND) from None
    except RecursionError:
        raise UserError("is nested too deeply", where=path, mend=MEND) from None
    if item.layers > MAX_LAYERS:
        raise UserError(f"has more than {MAX_LAYERS:,} layers", where=path, mend=MEND)
    return item


def read_all(place: Path | None = None) -> Shelf:
    """Return all that is in the library, by name; what cannot be read is told and left out."""
    place = place or folder()
    found: list[Stored] = []
    damaged: list[str] = []
    for path in sorted(place.glob(f"*{SUFFIX}"))[:MAX_ITEMS] if place.is_dir() else []:
        if path.name.startswith("."):
            continue
        try:
            found.append(Stored(path, read(path)))
        except (UserError, OSError) as exc:
            damaged.append(as_user_error(exc).sentence)
    return Shelf(tuple(sorted(found, key=lambda stored: stored.item.name.casefold())), tuple(damaged))


def keep(item: LibraryItem, picture: bytes = b"", *, replace: bool = False, place: Path | None = None) -> Stored:
    """Write `item` into the library, its picture (a PNG) beside it.

    Parameters
    ----------
    item : LibraryItem
        What to keep.
    picture : bytes
        Its picture; none when empty, or far too large.
    replace : bool
        Whether it takes the place of what has the same name.
    place : Path, optional
        Another folder than the library's.

    Raises
    ------
    NameTakenError
        When something has the same name, and it is not to be replaced.
    OSError
        When it cannot be written.
    """
    place = place or folder()
    former = _called(item.name, place)
    if former is not None and not replace:
        raise NameTakenError(
            "is in your library already", where=f"“{item.name}”", mend="Choose another name, or replace it"
        )
    stored = _written(Stored(former.path if former is not None else _free_path(item.name, place), item))
    if picture and len(picture) <= MAX_PICTURE:
        files.write_bytes(stored.picture, picture)
    else:
        stored.picture.unlink(missing_ok=True)
    return stored


def rename(stored: Stored, name: str) -> Stored:
    """Give a thing of the library another name, and its files with it.

    Raises
    ------
    UserError
        When the name is not right, or taken.
    OSError
        When the files cannot be written.
    """
    place = stored.path.parent
    item = changed(stored.item, name=name)
    other = _called(item.name, place)
    if other is not None and other.path != stored.path:
        raise NameTakenError("is in your library already", where=f"“{item.name}”", mend="Choose another name")
    if slug(item.name) == slug(stored.item.name):
        return _written(Stored(stored.path, item))
    renamed = keep(item, _picture(stored), place=place, replace=other is not None)
    if renamed.path != stored.path:
        remove(stored)
    return renamed


def _written(stored: Stored) -> Stored:
    text = json.dumps(stored.item.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    files.write_text(stored.path, text)
    return stored


def annotate(stored: Stored, note: str) -> Stored:
    """Write another note beside a thing of the library.

    Raises
    ------
    UserError
        When the note is far too long.
    OSError
        When the file cannot be written.
    """
    return _written(Stored(stored.path, changed(stored.item, note=note)))


def remove(stored: Stored) -> bytes:
    """Remove a thing of the library; returns its picture, with which `keep` brings it back.

    Raises
    ------
    OSError
        When its files cannot be removed.
    """
    picture = _picture(stored)
    stored.path.unlink(missing_ok=True)
    stored.picture.unlink(missing_ok=True)
    return picture


def _picture(stored: Stored) -> bytes:
    with suppress(OSError):
        if stored.picture.stat().st_size <= MAX_PICTURE:
            return stored.picture.read_bytes()
    return b""


def _called(name: str, place: Path) -> Stored | None:
    return next((stored for stored in read_all(place).stored if same_name(stored.item.name, name)), None)


def _free_path(name: str, place: Path) -> Path:
    stem, number = slug(name), 2
    path = place / f"{stem}{SUFFIX}"
    while path.exists() or path.with_suffix(PICTURE).exists():
        path, number = place / f"{stem}-{number}{SUFFIX}", number + 1
    return path
