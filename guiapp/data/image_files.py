"""The bytes of image files, held to what their headers say before they are decoded."""

from __future__ import annotations

from pathlib import Path

from guiapp.core.notify import UserError, as_user_error
from guiapp.data import modes
from guiapp.data.headers import MAX_PIXELS, Header, sniff


def bytes_of(path: Path | str) -> bytes:
    """Return what a file holds; raise `UserError` where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as exc:
        if isinstance(exc, OSError):
            raise as_user_error(exc, doing=str(path)) from exc
        raise UserError("is no name that a file can have", where=path, mend="Choose the file again") from exc


def refusal(path: Path) -> UserError | None:
    """Return why nothing can be read there, where that is plain at once: there is nothing, or the file is empty."""
    try:
        if path.is_dir() or path.stat().st_size:
            return None
        checked_header(b"", str(path))
    except UserError as exc:
        return exc
    except OSError as exc:
        return as_user_error(exc, doing=str(path))
    except ValueError:
        return None
    return None


def checked_header(data: bytes, name: str) -> Header:
    """Return what an image says of itself; raise `UserError` where it is none, damaged, or too large to be decoded."""
    if not data:
        raise UserError("the file is empty", where=name, mend="Remove it, or put the image there again")
    header = sniff(data)
    if header is None:
        raise UserError(
            "is not an image that can be read, whatever its name says",
            where=name,
            mend="Remove it, or save the picture as PNG or JPEG",
        )
    if not header.width:
        header = _asked_pillow(data, header, name)
    if header.width * header.height > MAX_PIXELS:
        raise UserError(
            f"has {header.width:,} × {header.height:,} pixels; at most {MAX_PIXELS:,} in all are read",
            where=name,
            mend="Save it smaller, for example 2,000 pixels wide",
        )
    return header


def _asked_pillow(data: bytes, header: Header, name: str) -> Header:
    try:
        width, height = modes.open_lazily(data).size
    except Exception as exc:  # Pillow's readers raise nearly anything on damaged data
        if header.format == "tiff" and (size := modes.tiff_size(data)) is not None:
            return Header(header.format, *size)  # of a kind that Pillow does not know
        raise damaged(name, exc) from exc
    return Header(header.format, width, height)


def damaged(name: str, exc: BaseException | None = None) -> UserError:
    """Return the error of an image that `exc` kept from being decoded."""
    text = str(exc).lower()
    cut = any(word in text for word in ("truncat", "not enough data", "end of file", "incomplete"))
    what = "is damaged: the file ends before the image is complete" if cut else "is damaged and cannot be decoded"
    return UserError(what, where=name, mend="Remove it, or put an undamaged copy in its place")
