"""Problems in words, and who hears of them."""

from __future__ import annotations

import copy
import errno
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.core import notify
from guiapp.core.notify import Cancelled, Note, UserError, as_user_error, printable


@contextmanager
def heard() -> Iterator[list[Note]]:
    notes: list[Note] = []
    stop = notify.listen(notes.append)
    try:
        yield notes
    finally:
        stop()


def test_a_user_error_survives_pickling_and_copying() -> None:
    error = UserError("holds only one class", where="/a b", mend="Add a folder")
    for other in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert isinstance(other, UserError)
        assert (other.what, other.where, other.mend) == ("holds only one class", "/a b", "Add a folder")
        assert str(other) == "/a b: holds only one class. Add a folder."


@pytest.mark.parametrize(
    ("what", "where", "mend", "sentence"),
    [
        ("is wrong", "", "", "is wrong."),
        ("is wrong.", "", "Mend it.", "is wrong. Mend it."),
        ("is it wrong?", "x", "Mend it!", "x: is it wrong? Mend it!"),
        ("is wrong  ", "x", "  ", "x: is wrong."),
        ("", "", "Mend it", "Mend it."),
    ],
)
def test_sentences_end_properly(what: str, where: str, mend: str, sentence: str) -> None:
    assert UserError(what, where=where, mend=mend).sentence == sentence


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("a\r\tb", "a\\r\\tb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\udcff", "\\udcff"),
        ("\u202eabc", "\\u202eabc"),
        ("\u2028", "\\u2028"),
        ("naïve 猫 😀 “x”", "naïve 猫 😀 “x”"),
    ],
)
def test_printable_escapes_what_would_break_a_line(raw: str, shown: str) -> None:
    assert printable(raw) == shown
    assert UserError(raw, where=raw, mend=raw).sentence == f"{shown}: {shown}. {shown}."


@given(st.text(st.characters(codec=None)))
def test_printable_gives_one_line_that_can_be_written(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode("utf-8")
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "permission is denied"),
        (errno.ENOENT, "there is no such file or folder"),
        (errno.EROFS, "can only be read"),
        (errno.EISDIR, "is a folder, not a file"),
        (errno.ENAMETOOLONG, "name that is too long"),
        (errno.EMFILE, "too many files are open"),
    ],
)
def test_errors_of_the_system_are_put_in_words(number: int, said: str) -> None:
    error = as_user_error(OSError(number, os.strerror(number), "/pets/a.jpg"), doing="reading")
    assert error.where == "/pets/a.jpg"
    assert said in error.what
    assert error.mend


def test_an_error_without_a_file_says_what_was_done() -> None:
    assert as_user_error(OSError(errno.ENOSPC, "x"), doing="saving the project").sentence == (
        "saving the project: does not fit: the disk is full. Free some space, or choose another disk."
    )


@pytest.mark.parametrize("error", [OSError(), OSError("odd"), OSError(99999, "odd"), OSError(errno.EIO, "odd", 5)])
def test_odd_errors_of_the_system_still_make_a_sentence(error: OSError) -> None:
    told = as_user_error(error, doing="reading")
    assert told.what
    assert told.mend in told.sentence


def test_a_name_in_bytes_is_shown_as_text() -> None:
    assert as_user_error(OSError(errno.ENOENT, "x", b"/caf\xc3\xa9/\xff")).where == "/café/\\udcff"


def test_user_errors_pass_and_a_lack_of_memory_has_a_mend() -> None:
    error = UserError("x")
    assert as_user_error(error) is error
    assert "smaller batch" in as_user_error(MemoryError()).mend


@pytest.mark.allow_errors
def test_an_unforeseen_error_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise KeyError("conv1")
    except KeyError as exc:
        told = as_user_error(exc, doing="drawing")
    assert "KeyError" in told.what
    assert "Traceback" in caplog.text
    assert "drawing" in caplog.text


@pytest.mark.allow_errors
def test_listeners_hear_every_level_until_they_stop() -> None:
    with heard() as notes:
        notify.info("one\ntwo")
        notify.warning("three")
        notify.error("four")
    notify.info("after")
    assert notes == [Note("info", "one\\ntwo"), Note("warning", "three"), Note("error", "four")]


def test_stopping_twice_is_fine() -> None:
    stop = notify.listen(lambda note: None)
    stop()
    stop()


@pytest.mark.allow_errors
def test_report_tells_errors_but_nothing_of_what_was_cancelled() -> None:
    with heard() as notes:
        notify.report(Cancelled())
        notify.report(UserError("is wrong", where="x", mend="Mend it"))
    assert notes == [Note("error", "x: is wrong. Mend it.")]
