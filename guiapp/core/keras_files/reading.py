"""Files that hold a network, by their suffix."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from guiapp.core import project as projects
from guiapp.core.keras_files import archive, config
from guiapp.core.keras_files.graph import Imported
from guiapp.core.keras_files.network import network_of
from guiapp.core.keras_files.obstacles import Refused
from guiapp.core.keras_files.script import imported_script
from guiapp.core.keras_files.training import of_config
from guiapp.core.notify import UserError, as_user_error, printable

MOST_SCRIPT = 2 << 20
_SAVE = "Save the model as NAME.keras, or its layers as JSON with model.to_json()"


def read(path: Path, *, leave_out: bool = False) -> Imported:
    """Return the network in a file: `.keras`, `.json`, `.py`, or a project of this program.

    Nothing in the file is run, and weights are not read.

    Parameters
    ----------
    path : Path
        The file.
    leave_out : bool
        Whether layers that cannot be taken over are left out, where what they take can be passed on.

    Raises
    ------
    Refused
        When it holds layers that cannot be taken over.
    UserError
        When it holds no network, is damaged, or holds something else that the form cannot say.
    OSError
        When it cannot be read.
    """
    try:
        return _reader(path)(path, leave_out)
    except Refused as exc:
        exc.where = printable(path)
        raise
    except UserError as exc:
        raise exc if exc.where else UserError(exc.what, where=path, mend=exc.mend) from None
    except RecursionError:
        raise UserError("is nested too deeply", where=path, mend="Choose another file") from None
    except MemoryError as exc:
        raise as_user_error(exc, doing=f"reading {path.name}") from None


def _reader(path: Path) -> Callable[[Path, bool], Imported]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError("is no kind of file that a network is read from", mend=f"Choose one of {', '.join(SUFFIXES)}")
    if not stat.S_ISREG(path.stat().st_mode):
        raise UserError("is no file", mend="Choose a file")
    return reader


def _keras(path: Path, leave_out: bool) -> Imported:
    return _described(archive.config_text(path), leave_out)


def _json(path: Path, leave_out: bool) -> Imported:
    return _described(_bytes(path, archive.MOST_BYTES), leave_out)


def _bytes(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise UserError(f"is larger than {most >> 20} MB, which no list of layers takes", mend="Choose another file")
    return data


def _described(data: bytes, leave_out: bool) -> Imported:
    """Return the network that JSON describes."""
    try:
        value: Any = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number, parse_int=_whole)
        if isinstance(value, str):  # model.to_json() written with json.dump
            value = json.loads(value, parse_constant=_no_number, parse_int=_whole)
    except UnicodeDecodeError:
        raise UserError("is not text in UTF-8", mend=_SAVE) from None
    except json.JSONDecodeError as exc:
        raise UserError(f"is damaged: it cannot be read beyond line {exc.lineno}", mend=_SAVE) from None
    except ValueError:
        raise UserError("is damaged: a number in it has thousands of digits", mend=_SAVE) from None
    graph = config.graph_of(value)
    title = config.title_of(value)
    return network_of(graph, of_config(value), title, leave_out=leave_out)


def _no_number(name: str) -> NoReturn:
    raise UserError(f"holds {name}, which is no number", mend=_SAVE)


def _whole(text: str) -> int:
    if len(text) > 18:
        raise UserError(f"holds the number {text[:18]}…, which is too large", mend=_SAVE)
    return int(text)


def _python(path: Path, leave_out: bool) -> Imported:
    return imported_script(_bytes(path, MOST_SCRIPT), leave_out=leave_out)


def _project(path: Path, _leave_out: bool) -> Imported:
    project = projects.load(path)
    if not project.network.layers:
        raise UserError("has no layers", where=path, mend="Choose another project")
    training = project.training.model_dump()
    return Imported(project.network, (), training, project.name)


_READERS: dict[str, Callable[[Path, bool], Imported]] = {
    ".keras": _keras,
    ".json": _json,
    ".py": _python,
    projects.SUFFIX: _project,
}
SUFFIXES = tuple(_READERS)
"""Of the files that a network is read from."""
