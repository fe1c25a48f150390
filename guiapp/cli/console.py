"""What the command line writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import logging
import logging.handlers
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from guiapp.core import files, notify
from guiapp.core.notify import Note, UserError

Progress = Callable[[str, int, int], None]


def prepare_streams() -> None:
    """Have characters that a terminal or a pipe cannot show escaped instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def quiet_engine() -> None:
    """Keep TensorFlow's own log off the terminal; to be called before it is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class _LogFile(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """Let a log that cannot be written be: what matters has been said."""


@contextmanager
def log_to_file() -> Iterator[None]:
    """Keep what is logged in a file of the log folder, and so off the terminal, which is told in words."""
    place = files.log_dir() / "command.log"
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
    handler = _LogFile(
        place, maxBytes=1_000_000, backupCount=1, encoding="utf-8", errors="backslashreplace", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    notify.log.addHandler(handler)
    try:
        yield
    finally:
        notify.log.removeHandler(handler)
        handler.close()


def out(text: str) -> None:
    """Write a line of the result."""
    print(text, flush=True)


def out_json(value: Mapping[str, Any]) -> None:
    """Write one JSON object on a line of its own; numbers that JSON does not know become null."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(_plain(value), ensure_ascii=not unicode, allow_nan=False)
    print(text, flush=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def say(text: str) -> None:
    """Write a line that is not part of the result."""
    if "tqdm" in sys.modules:
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)
    else:
        print(text, file=sys.stderr, flush=True)


def fail(error: UserError) -> None:
    """Write the one line that says what is wrong."""
    say(f"convnet-studio: {error.sentence}")


def show_note(note: Note) -> None:
    """Write a note of the program."""
    say(note.text if note.level == "info" else f"{note.level}: {note.text}")


@contextmanager
def progress() -> Iterator[Progress]:
    """Give a progress function that draws a bar where stderr is a terminal, and does nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda text, done, total: None
        return
    from tqdm import tqdm

    bar: tqdm[Any] | None = None
    shown = ("", 0)

    def show(text: str, done: int, total: int) -> None:
        nonlocal bar, shown
        if bar is None or shown != (text, total):
            if bar is not None:
                bar.close()
            bar = tqdm(desc=text, total=total or None, file=sys.stderr, leave=False, delay=0.2)
            shown = (text, total)
        bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()
