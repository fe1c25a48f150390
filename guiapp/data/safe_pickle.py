"""Reading the plain data in a pickle without unpickling it.

A pickle is a program, and Python's own reader runs it: what it names is imported and called. Here its instructions are
read one by one, and only those are known that build lists, dictionaries, texts, numbers and NumPy arrays of numbers;
whatever else is named is refused, and nothing is imported or called. Long strings of bytes stay in the file.
"""

from __future__ import annotations

import io
import pickletools
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from guiapp.core.notify import UserError
from guiapp.data.pickle_values import AGAIN, CALLS, MEND, NAMES, Array, Bytes, Name, Type, fill, pairs, refuse
from guiapp.data.work import Cancel, stop_if

MOST_BYTES = 4 << 30
"""Bytes of a pickle; larger ones are refused."""

_LONG = 1 << 16  # bytes of a string from which on it stays in the file
_MOST_TEXT = 128 << 20
_MOST_STEPS = 1_000_000
_MOST_SHORT = 128 << 20
_EVERY = 1 << 14


def read_pickle(path: Path, cancel: Cancel) -> Any:
    """Read plain data from a pickle.

    Parameters
    ----------
    path : Path
        The file.
    cancel
        Asked whether to go on.

    Returns
    -------
    Any
        Lists, dictionaries, tuples, texts, bytes, numbers, truth values, None, and `Array`; long bytes are `Bytes`.
        Texts that Python 2 wrote, and keys, are read as Latin-1, which any bytes are.

    Raises
    ------
    UserError
        When it holds anything else, is no pickle, is damaged, or is too large.
    OSError
        When it cannot be read.
    Cancelled
        Once `cancel` answers True.
    """
    if path.stat().st_size > MOST_BYTES:
        raise UserError(f"is larger than {MOST_BYTES / 1e9:,.1f} GB, which is not read", where=path, mend=MEND)
    try:
        with open(path, "rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            return _Reader(path, file, size).run(cancel)
    except UserError as exc:
        raise UserError(exc.what, where=exc.where or path, mend=exc.mend) from exc
    except (ValueError, IndexError, KeyError, TypeError, EOFError, struct.error, OverflowError) as exc:
        raise UserError("is damaged, or is no pickle", where=path, mend=AGAIN) from exc


class _Mark:
    """Where on the stack a list or the like begins."""


_MARK = _Mark()


_CODES = {operation.code.encode("latin-1"): operation for operation in pickletools.opcodes}
_SIZED = {
    "SHORT_BINSTRING": "<B",
    "BINSTRING": "<i",
    "SHORT_BINBYTES": "<B",
    "BINBYTES": "<I",
    "BINBYTES8": "<Q",
    "BYTEARRAY8": "<Q",
    "SHORT_BINUNICODE": "<B",
    "BINUNICODE": "<I",
    "BINUNICODE8": "<Q",
}
_PLAIN = frozenset(
    {
        "INT", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "FLOAT", "STRING", "UNICODE", "LONG"
    }
)  # fmt: skip
_MOST_LINE = 1 << 12


class _Reader:
    """The machine that a pickle is written for, of which this knows a harmless part."""

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self._path, self._file, self._size = path, file, size
        self._stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self._short = 0

    def run(self, cancel: Cancel) -> Any:
        for step in range(_MOST_STEPS):
            if step % _EVERY == 0:
                stop_if(cancel)
            code = self._file.read(1)
            if not code:
                raise UserError("is damaged: the file ends too early", mend=AGAIN)
            operation = _CODES.get(code)
            if operation is None:
                raise UserError("is damaged, or is no pickle", mend=AGAIN)
            if operation.name == "STOP":
                return self.pop()
            self._do(operation)
        raise UserError(f"takes more than {_MOST_STEPS:,} steps to read", mend=MEND)

    def _do(self, operation: pickletools.OpcodeInfo) -> None:
        name = operation.name
        if name in _SIZED:
            self._stack.append(self._string(name))
        elif name in _PLAIN:
            self._stack.append(self._plain(operation))
        elif (act := _ACTS.get(name)) is not None:
            act(self)
        else:
            refuse(f"the instruction {name}")

    def _plain(self, operation: pickletools.OpcodeInfo) -> Any:
        at = self._file.tell()
        if operation.name in ("INT", "FLOAT", "LONG", "STRING", "UNICODE"):
            self.line()
            self._file.seek(at)
        value = cast(Any, operation.arg).reader(self._file)
        if isinstance(value, int) and not -(2**63) <= value < 2**64:
            raise ValueError("a number is too large")
        return value

    def _string(self, name: str) -> Any:
        """Read a string of bytes or characters, whose length comes first; a long one of bytes stays in the file."""
        length = self.number(_SIZED[name])
        at = self._file.tell()
        if not 0 <= length <= self._size - at:
            raise UserError("is damaged: the file ends too early", mend=AGAIN)
        text = "UNICODE" in name
        if length > _LONG and not text:
            self._file.seek(length, io.SEEK_CUR)
            return Bytes(self._path, at, length)
        if length > _MOST_TEXT:
            refuse(f"a text of {length / 1e6:,.0f} MB")
        self._short += length
        if self._short > _MOST_SHORT:
            refuse(f"more than {_MOST_SHORT / 1e6:,.0f} MB of texts")
        data = self._file.read(length)
        if text:
            return data.decode("utf-8", "surrogatepass")
        return data.decode("latin-1") if "STRING" in name else data

    def number(self, form: str) -> int:
        return int(struct.unpack(form, self._file.read(struct.calcsize(form)))[0])

    def pop(self) -> Any:
        return self._stack.pop()

    def since_mark(self) -> list[Any]:
        at = len(self._stack) - 1
        while self._stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise ValueError("no mark")
        items = self._stack[at + 1 :]
        del self._stack[at:]
        return items

    def line(self) -> str:
        line = self._file.readline(_MOST_LINE)
        if not line.endswith(b"\n"):
            if len(line) == _MOST_LINE:
                raise UserError("is a pickle of the oldest kind, with lines that are too long to be read", mend=MEND)
            raise ValueError("the file ends inside a line")
        return line[:-1].decode("latin-1")

    def _top(self, kind: type) -> Any:
        top = self._stack[-1]
        if type(top) is not kind:
            raise TypeError("not what is added to")
        return top

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def name(self, module: Any, name: Any) -> None:
        if type(module) is not str or type(name) is not str:
            raise TypeError("a name is a text")
        known = NAMES.get(f"{module} {name}")
        if known is None:
            refuse(f"“{module}.{name}”"[:80])
        self.push(Name(known))

    def add_items(self, items: list[Any]) -> None:
        self._top(list).extend(items)

    def set_items(self, items: list[Any]) -> None:
        if len(items) % 2:
            raise ValueError("a key without a value")
        self._top(dict).update(pairs(items))

    def take(self, count: int) -> tuple[Any, ...]:
        if count > len(self._stack):
            raise IndexError("too few values")
        items = tuple(self._stack[len(self._stack) - count :])
        del self._stack[len(self._stack) - count :]
        return items

    def remember(self, number: int) -> None:
        self.memo[number] = self._stack[-1]

    def reduce(self) -> None:
        arguments, called = self.pop(), self.pop()
        if type(called) is not Name or type(arguments) is not tuple:
            raise TypeError("not what is called")
        self.push(CALLS[called.name](*arguments))

    def build(self) -> None:
        state, target = self.pop(), self._stack[-1]
        if type(state) is not tuple:
            raise TypeError("a state is a tuple")
        if type(target) is Type and len(state) >= 2 and state[1] in ("<", ">", "|", "="):
            target.order = state[1]
        elif type(target) is Array and len(state) == 5:
            fill(target, *state[1:])
        else:
            refuse("an object with a state of its own")


def _skip(value: Any) -> None:
    """Do nothing with what was read."""


def _known_protocol(number: int) -> None:
    if number > 5:
        raise UserError(f"is a pickle of a newer kind ({number}) than is read", mend=MEND)


_ACTS: dict[str, Callable[[_Reader], None]] = {
    "PROTO": lambda r: _known_protocol(r.number("<B")),
    "FRAME": lambda r: _skip(r.number("<Q")),  # says how much may be read ahead
    "MARK": lambda r: r.push(_MARK),
    "POP": lambda r: _skip(r.pop()),
    "NONE": lambda r: r.push(None),
    "NEWTRUE": lambda r: r.push(True),
    "NEWFALSE": lambda r: r.push(False),
    "EMPTY_DICT": lambda r: r.push({}),
    "EMPTY_LIST": lambda r: r.push([]),
    "EMPTY_TUPLE": lambda r: r.push(()),
    "DICT": lambda r: r.push(dict(pairs(r.since_mark()))),
    "LIST": lambda r: r.push(r.since_mark()),
    "TUPLE": lambda r: r.push(tuple(r.since_mark())),
    "TUPLE1": lambda r: r.push(r.take(1)),
    "TUPLE2": lambda r: r.push(r.take(2)),
    "TUPLE3": lambda r: r.push(r.take(3)),
    "APPEND": lambda r: r.add_items([r.pop()]),
    "APPENDS": lambda r: r.add_items(r.since_mark()),
    "SETITEM": lambda r: r.set_items(list(r.take(2))),
    "SETITEMS": lambda r: r.set_items(r.since_mark()),
    "PUT": lambda r: r.remember(int(r.line())),
    "BINPUT": lambda r: r.remember(r.number("<B")),
    "LONG_BINPUT": lambda r: r.remember(r.number("<I")),
    "MEMOIZE": lambda r: r.remember(len(r.memo)),
    "GET": lambda r: r.push(r.memo[int(r.line())]),
    "BINGET": lambda r: r.push(r.memo[r.number("<B")]),
    "LONG_BINGET": lambda r: r.push(r.memo[r.number("<I")]),
    "GLOBAL": lambda r: r.name(r.line(), r.line()),
    "STACK_GLOBAL": lambda r: r.name(*r.take(2)),
    "REDUCE": lambda r: r.reduce(),
    "BUILD": lambda r: r.build(),
}
