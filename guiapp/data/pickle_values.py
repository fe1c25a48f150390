"""What the reader of pickles may make: bytes, arrays of numbers, and the few things that describe them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError

MEND = "Save it as .npz, with numpy.savez"
AGAIN = "Download it again"


@dataclass(frozen=True)
class Bytes:
    """Bytes that stay where they are, in the file."""

    path: Path
    offset: int
    length: int


@dataclass(eq=False)
class Array:
    """An array of numbers; empty until the pickle says what is in it.

    Attributes
    ----------
    dtype : dtype
        Of numbers or truth values.
    shape : tuple of int
        Sizes.
    fortran : bool
        Whether the first size runs fastest in the data.
    data : bytes or Bytes
        As many as the sizes say.
    """

    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.uint8))
    shape: tuple[int, ...] = (0,)
    fortran: bool = False
    data: bytes | Bytes = b""

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return the rows from `start` up to and without `stop`; not of one in Fortran's order.

        Raises
        ------
        UserError
            When the file has become shorter.
        OSError
            When it cannot be read.
        """
        each = prod(self.shape[1:]) * self.dtype.itemsize
        first, last = start * each, stop * each
        if isinstance(self.data, bytes):
            data = self.data[first:last]
        else:
            with open(self.data.path, "rb") as file:
                file.seek(self.data.offset + first)
                data = file.read(last - first)
            if len(data) < last - first:
                raise UserError("has become shorter while it was read", where=self.data.path, mend="Try again")
        return np.frombuffer(data, self.dtype).reshape(stop - start, *self.shape[1:])


@dataclass(frozen=True)
class Name:
    """Something that the pickle names, one of the values of `NAMES`; it is never looked up."""

    name: str


@dataclass(eq=False)
class Type:
    """A `dtype` on its way: its order of bytes comes last."""

    code: str
    order: str = "="

    def dtype(self) -> np.dtype[Any]:
        """Return it as NumPy knows it."""
        return np.dtype(self.order.replace("|", "=") + self.code)


_ARRAY, _DTYPE = "ndarray", "dtype"
NAMES = {
    "numpy ndarray": _ARRAY,
    "numpy dtype": _DTYPE,
    "numpy.core.multiarray _reconstruct": "reconstruct",
    "numpy._core.multiarray _reconstruct": "reconstruct",
    "numpy.core.numeric _frombuffer": "frombuffer",
    "numpy._core.numeric _frombuffer": "frombuffer",
    "_codecs encode": "encode",
    "__builtin__ bytes": "bytes",
    "builtins bytes": "bytes",
}
_KINDS = re.compile(r"b1|[iu][1248]|f[248]")


def refuse(what: str) -> NoReturn:
    """Raise that a pickle holds something that is not read."""
    why = "which is not read because it could run a program"
    raise UserError(f"holds more than plain data ({what}), {why}", mend=MEND)


def pairs(items: list[Any]) -> Iterator[tuple[str | int, Any]]:
    """Yield keys, as texts or numbers, with their values."""
    for key, value in zip(items[::2], items[1::2], strict=True):
        name = key.decode("latin-1") if type(key) is bytes else key
        if type(name) not in (str, int):
            refuse("a key that is no text")
        yield name, value


def fill(array: Array, shape: Any, kind: Any, fortran: Any, data: Any) -> None:
    """Fill an array, once all that is said of it agrees; raise `UserError` where it does not."""
    if type(kind) is not Type or type(shape) is not tuple or not all(type(n) is int and n >= 0 for n in shape):
        refuse("an array of things that are no numbers")
    if type(data) is str:
        data = data.encode("latin-1")
    if not isinstance(data, bytes | Bytes) or len(shape) > 32:
        refuse("an array of things that are no numbers")
    dtype = kind.dtype()
    length = len(data) if isinstance(data, bytes) else data.length
    if prod(shape) * dtype.itemsize != length:
        raise UserError("is damaged: an array holds more or fewer values than it says", mend=AGAIN)
    array.dtype, array.shape, array.fortran, array.data = dtype, shape, bool(fortran) and len(shape) > 1, data


def _call_dtype(code: Any, *rest: Any) -> Type:
    if type(code) is not str or not _KINDS.fullmatch(code.lstrip("<>=|")) or len(rest) > 2:
        refuse("an array of things that are no numbers")
    return Type(code.lstrip("<>=|"), code[0] if code[0] in "<>" else "=")


def _call_reconstruct(kind: Any, shape: Any, code: Any) -> Array:
    if kind != Name(_ARRAY):
        refuse("an array of a kind of its own")
    return Array()


def _call_frombuffer(data: Any, kind: Any, shape: Any, order: Any) -> Array:
    array = Array()
    fill(array, shape, kind, order == "F", data)
    return array


def _call_encode(text: Any, encoding: Any) -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        refuse("a text in a code of its own")
    return str(text).encode("latin-1")


def _call_bytes(*arguments: Any) -> bytes:
    if arguments:
        refuse("bytes that are made from something else")
    return b""


def _call_wrongly(*arguments: Any) -> NoReturn:
    refuse("an array that is made in a way of its own")


CALLS: dict[str, Callable[..., Any]] = {
    _DTYPE: _call_dtype,
    _ARRAY: _call_wrongly,
    "reconstruct": _call_reconstruct,
    "frombuffer": _call_frombuffer,
    "encode": _call_encode,
    "bytes": _call_bytes,
}
