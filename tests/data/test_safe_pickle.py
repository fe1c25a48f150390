"""Pickles are read as data: whatever would be run is refused, and none takes more memory than its size."""

from __future__ import annotations

import os
import pickle
import pickletools
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.core.notify import Cancelled, UserError
from guiapp.data import safe_pickle
from guiapp.data.pickle_values import Array, Bytes
from guiapp.data.safe_pickle import read_pickle
from guiapp.data.work import never

PROGRAM = "which is not read because it could run a program. Save it as .npz, with numpy.savez."


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pickle") / "file"


def read(scratch: Path, data: bytes) -> Any:
    scratch.write_bytes(data)
    return read_pickle(scratch, never)


PLAIN: dict[str, Any] = {
    "a": [1, -2, 300, 70_000, 2**40, -(2**62), 0.5, None, True, False],
    "b": ("x", "ä€", b"\xff", (), {}, []),
}


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_is_what_python_reads(scratch: Path, protocol: int) -> None:
    assert read(scratch, pickle.dumps(PLAIN, protocol)) == PLAIN


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["u1", "i8", "f4", ">i2", "b1"])
@pytest.mark.parametrize("large", [False, True])
def test_arrays_are_what_numpy_wrote(scratch: Path, protocol: int, kind: str, large: bool) -> None:
    array = (np.random.default_rng(0).random((30_000 if large else 7, 3, 2)) * 100).astype(kind)
    if protocol == 0 and large:
        with pytest.raises(UserError, match="pickle of the oldest kind"):
            read(scratch, pickle.dumps({"x": array}, protocol))
        return
    found = read(scratch, pickle.dumps({"x": array}, protocol))["x"]
    assert isinstance(found, Array)
    assert isinstance(found.data, Bytes) == (large and protocol > 2)
    assert np.array_equal(found.rows(0, len(array)), array)
    assert np.array_equal(found.rows(2, 5), array[2:5])


def test_columns_first_is_said(scratch: Path) -> None:
    found = read(scratch, pickle.dumps(np.asfortranarray(np.ones((3, 4)))))
    assert found.fortran
    assert found.shape == (3, 4)


def test_what_python_2_wrote(scratch: Path) -> None:
    data = (
        b"\x80\x02}q\x01(U\x06labelsq\x02]q\x03(K\x06K\x09eU\x04dataq\x04cnumpy.core.multiarray\n_reconstruct\nq\x05"
        b"cnumpy\nndarray\nq\x06K\x00\x85U\x01b\x87Rq\x07(K\x01K\x02K\x03\x86cnumpy\ndtype\nq\x08U\x02u1K\x00K\x01\x87"
        b"Rq\x09(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x06\x00\x01\x02\xfd\xfe\xfftbU\x04nameU"
        b"\x02\xe4\xf6u."
    )
    found = read(scratch, data)
    assert found["labels"] == [6, 9]
    assert found["name"] == "äö"
    assert found["data"].rows(0, 2).tolist() == [[0, 1, 2], [253, 254, 255]]


class Runs:
    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self._made = call, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._made


def test_nothing_is_run(scratch: Path, tmp_path: Path) -> None:
    for protocol in range(6):
        with pytest.raises(UserError) as caught:
            read(scratch, pickle.dumps({"data": Runs(os.system, f"touch {tmp_path}/run")}, protocol))
        name = os.system.__module__
        assert str(caught.value) == f"{scratch}: holds more than plain data (“{name}.system”), {PROGRAM}"
    assert not list(tmp_path.iterdir())


REFUSED: dict[str, tuple[bytes, str]] = {
    "a class": (pickle.dumps(Path("x")), "pathlib."),
    "an object": (b"\x80\x02cnumpy\nndarray\n)\x81.", "the instruction NEWOBJ"),
    "an instance": (b"(i__main__\nThing\n.", "the instruction INST"),
    "an extension": (b"\x82\x01.", "the instruction EXT1"),
    "something kept elsewhere": (b"P1\n.", "the instruction PERSID"),
    "eval by another name": (b"cbuiltins\neval\n(Vprint(1)\ntR.", "“builtins.eval”"),
    "a set": (pickle.dumps({1, 2}), "the instruction EMPTY_SET"),
    "an array of objects": (pickle.dumps(np.array([None, 1])), "an array of things that are no numbers"),
    "an array of texts": (pickle.dumps(np.array(["a"])), "an array of things that are no numbers"),
    "a state on a dictionary": (b"\x80\x02}(K\x01tb.", "an object with a state of its own"),
    "an array of its own making": (b"\x80\x02cnumpy\nndarray\nK\x02\x85R.", "made in a way of its own"),
    "a hidden code": (b"\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x03\0\0\0hex\x86R.", "a text in a code of its own"),
    "a key that is an array": (b"\x80\x02}]K\x01s.", "a key that is no text"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_plain_data_is_refused(case: str, scratch: Path) -> None:
    data, what = REFUSED[case]
    with pytest.raises(UserError) as caught:
        read(scratch, data)
    assert what in caught.value.what
    assert str(caught.value).endswith(PROGRAM)


DAMAGED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is damaged: the file ends too early. Download it again."),
    "cut": (pickle.dumps(PLAIN)[:20], "is damaged"),
    "a page": (b"<html>404</html>", "is damaged, or is no pickle. Download it again."),
    "promises a terabyte": (
        b"\x80\x04\x8e" + struct.pack("<Q", 10**12) + b"x.",
        "is damaged: the file ends too early.",
    ),
    "negative length": (b"T\xff\xff\xff\xffxx.", "is damaged: the file ends too early. Download it again."),
    "more values than bytes": (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01J\xff\xff\xff\x7f\x85"
        b"cnumpy\ndtype\nU\x02u1\x85R\x89U\x02abtb.",
        "is damaged: an array holds more or fewer values than it says. Download it again.",
    ),
    "no mark": (b"t.", "is damaged, or is no pickle. Download it again."),
    "nothing remembered": (b"h\x05.", "is damaged, or is no pickle. Download it again."),
    "newer": (b"\x80\x09N.", "is a pickle of a newer kind (9) than is read. Save it as .npz, with numpy.savez."),
    "a number of 2,000 digits": (b"L" + b"9" * 2000 + b"L\n.", "is damaged, or is no pickle. Download it again."),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_ones_are_told(case: str, scratch: Path) -> None:
    data, what = DAMAGED[case]
    with pytest.raises(UserError) as caught:
        read(scratch, data)
    assert str(caught.value).startswith(f"{scratch}: ")
    assert what in str(caught.value)


def test_one_that_goes_on_and_on_is_ended(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_pickle, "_MOST_STEPS", 500)
    with pytest.raises(UserError, match="takes more than 500 steps to read"):
        read(scratch, b"N0" * 400 + b"N.")


def test_the_number_of_texts_is_bounded(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_pickle, "_MOST_SHORT", 1000)
    with pytest.raises(UserError, match="more than 0 MB of texts"):
        read(scratch, pickle.dumps(["x" * 200 + str(i) for i in range(10)]))


def test_lists_in_lists_need_no_more_than_their_size(scratch: Path) -> None:
    # A list of twice the same list, and so on: 2**200 items for a reader that copies.
    data = b"]" + b"q\x00(h\x00h\x00e0](h\x00h\x00e" * 200 + b"."
    tracemalloc.start()
    try:
        read(scratch, data)
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()


def test_a_large_array_stays_in_the_file(scratch: Path) -> None:
    data = pickle.dumps({"data": np.zeros(20_000_000, np.uint8)}, 4)
    scratch.write_bytes(data)
    tracemalloc.start()
    try:
        found = read_pickle(scratch, never)
        assert found["data"].rows(5, 9).tolist() == [0, 0, 0, 0]
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def test_cancel(scratch: Path) -> None:
    scratch.write_bytes(pickle.dumps(PLAIN))
    with pytest.raises(Cancelled):
        read_pickle(scratch, lambda: True)


_CODES = [operation.code.encode("latin-1") for operation in pickletools.opcodes]
_PARTS = st.one_of(
    st.sampled_from(_CODES),
    st.sampled_from([b"K\x01", b"U\x01b", b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"h\x00", b"q\x00", b"\x8c\x02u1"]),
    st.binary(max_size=6),
)


@given(st.lists(_PARTS, max_size=25).map(b"".join))
def test_any_pickle_is_read_or_refused(scratch: Path, data: bytes) -> None:
    tracemalloc.start()
    try:
        read(scratch, data + b".")
    except UserError as exc:
        assert exc.mend
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 1e6


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_any_change_of_a_batch_is_read_or_refused(scratch: Path, at: int, change: bytes) -> None:
    data = bytearray(pickle.dumps({b"data": np.arange(60, dtype=np.uint8).reshape(5, 12), b"labels": [1, 2]}, 2))
    data[at % len(data) :][: len(change)] = b""
    data[at % len(data) : at % len(data) + len(change)] = change
    try:
        read(scratch, bytes(data))
    except UserError as exc:
        assert exc.mend
