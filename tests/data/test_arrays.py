"""NumPy's files: every layout and kind of number, and every way to be wrong, in its exact words."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from guiapp.core.notify import Cancelled, UserError
from guiapp.data.cache import decode
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset
from guiapp.data.importers.array_files import parse_header, read_npz
from guiapp.data.importers.arrays import Arrays
from guiapp.data.opening import open_dataset
from guiapp.data.work import never

X = np.random.default_rng(0).integers(0, 256, (12, 6, 5, 3), np.uint8)
Y = np.arange(12) % 3


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVNET_STUDIO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "arrays"


def saved(folder: Path, **arrays: Any) -> Path:
    np.savez_compressed(folder / "data.npz", **arrays)
    return folder / "data.npz"


def images(dataset: Dataset) -> NDArray[np.uint8]:
    assert dataset.source is not None
    return dataset.source.read_many(0, len(dataset))


SPLIT = {"x_train": X[:6], "y_train": Y[:6], "x_val": X[6:8], "y_val": Y[6:8], "x_test": X[8:], "y_test": Y[8:]}
NAMES: dict[str, dict[str, str]] = {
    "keras": {},
    "the other way round": {"x_train": "train_images", "x_val": "val_images", "x_test": "test_images",
                            "y_train": "train_labels", "y_val": "val_labels", "y_test": "test_labels"},
    "joined": {"x_train": "Xtrain", "x_val": "Xvalid", "x_test": "Xtest",
               "y_train": "ytrain", "y_val": "yvalid", "y_test": "ytest"},
    "camel case": {"x_train": "trainX", "x_val": "validationX", "x_test": "testX",
                   "y_train": "trainY", "y_val": "validationY", "y_test": "testY"},
}  # fmt: skip


@pytest.mark.parametrize("case", NAMES)
def test_splits_by_their_names(case: str, tmp_path: Path) -> None:
    named = {NAMES[case].get(name, name): array for name, array in SPLIT.items()}
    dataset = open_dataset(saved(tmp_path, **named))
    assert dataset.importer == "arrays"
    assert dataset.class_names == ("0", "1", "2")
    assert dataset.labels.tolist() == Y.tolist()
    assert dataset.given_splits is not None
    assert dataset.given_splits.tolist() == [TRAIN] * 6 + [VALIDATION] * 2 + [TEST] * 4
    assert np.array_equal(images(dataset), X)
    assert dataset.paths[0] == NAMES[case].get("x_train", "x_train") + "#0"
    assert dataset.warnings == ()
    assert decode(dataset, 5, 6, 3).images.tolist() == X.tolist()


def test_one_pair_is_not_split(tmp_path: Path) -> None:
    for names in (("images", "labels"), ("X", "y"), ("data", "target"), ("first", "second"), ("arr_0", "arr_1")):
        dataset = open_dataset(saved(tmp_path, **{names[0]: X, names[1]: Y}))
        assert dataset.given_splits is None
        assert dataset.labels.tolist() == Y.tolist()


def test_what_savez_names_itself(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", X[:9], Y[:9], X[9:], Y[9:])
    dataset = open_dataset(tmp_path / "data.npz")
    assert dataset.given_splits is not None
    assert dataset.given_splits.tolist() == [TRAIN] * 9 + [TEST] * 3
    assert np.array_equal(images(dataset), X)


def test_a_folder_of_arrays_is_read_where_it_lies(tmp_path: Path, place: Path) -> None:
    folder = tmp_path / "npy"
    folder.mkdir()
    for name, array in SPLIT.items():
        np.save(folder / f"{name}.npy", array)
    for path in (folder, folder / "x_train.npy"):
        dataset = open_dataset(path)
        assert np.array_equal(images(dataset), X)
        assert dataset.labels.tolist() == Y.tolist()
    assert not place.exists()


def test_a_folder_of_packed_files(tmp_path: Path) -> None:
    np.savez(tmp_path / "train.npz", x=X[:8], y=Y[:8])
    np.savez(tmp_path / "test.npz", x=X[8:], y=Y[8:])
    dataset = open_dataset(tmp_path)
    assert dataset.given_splits is not None
    assert dataset.given_splits.tolist() == [TRAIN] * 8 + [TEST] * 4
    assert np.array_equal(images(dataset), X)


KINDS: dict[str, tuple[NDArray[Any], NDArray[Any], str]] = {
    "bytes": (X, X, ""),
    "integers": (X.astype(np.int64), X, ""),
    "other order of bytes": (X.astype(">i4"), X, ""),
    "fractions": (X / 255, X, "The numbers from 0 to 1 in images are read as brightness from 0 to 255."),
    "halves": ((X / 255).astype("f2"), X, "The numbers from 0 to 1 in images are read as brightness from 0 to 255."),
    "large fractions": (X.astype(np.float32), X, ""),
    "around zero": (X / 127.5 - 1, X, "The numbers from −1 to 1 in images are read as brightness from 0 to 255."),
    "16 bit": (X.astype(np.uint16) * 257, X,
               "The numbers from 0 to 65,535 in images are read as brightness from 0 to 255."),
    "truth": (X > 99, np.where(X > 99, 255, 0), ""),
    "grey": (X[..., 0], X[..., :1], ""),
    "one channel": (X[..., :1], X[..., :1], ""),
    "channels first": (X.transpose(0, 3, 1, 2), X, ""),
    "columns first": (np.asfortranarray(X), X, ""),
    "alpha": (np.concatenate([X, np.full((12, 6, 5, 1), 255, np.uint8)], axis=3), X, ""),
    "clear": (np.concatenate([X, np.zeros((12, 6, 5, 1), np.uint8)], axis=3), np.full_like(X, 255), ""),
}  # fmt: skip


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("case", KINDS)
def test_every_kind_of_number_and_layout(case: str, packed: bool, tmp_path: Path) -> None:
    given_, wanted, said = KINDS[case]
    if packed:
        saved(tmp_path, images=given_, labels=Y)
    else:
        np.save(tmp_path / "images.npy", given_)
        np.save(tmp_path / "labels.npy", Y)
    for _ in range(2):  # the second time from the cache folder
        dataset = open_dataset(tmp_path, "arrays")
        assert np.array_equal(images(dataset), wanted)
        assert dataset.warnings == ((said,) if said else ())


def test_all_arrays_are_read_on_one_scale(tmp_path: Path) -> None:
    dark = np.full((12, 6, 5), 0.4)
    dataset = open_dataset(saved(tmp_path, x_train=X[..., 0].astype(float), y_train=Y, x_test=dark, y_test=Y))
    assert images(dataset)[:12, ..., 0].tolist() == X[..., 0].tolist()
    assert not images(dataset)[12:].any()


LABELS: dict[str, tuple[NDArray[Any], tuple[str, ...]]] = {
    "column": (Y[:, None], ("0", "1", "2")),
    "one-hot": (np.eye(4, dtype=np.float32)[Y], ("0", "1", "2")),
    "texts": (np.array(["b", "a", "c10"])[Y], ("a", "b", "c10")),
    "bytes": (np.array([b"b", b"a", b"c"])[Y], ("a", "b", "c")),
    "whole fractions": (Y + 5.0, ("5", "6", "7")),
    "from ten": (Y * 5 + 1, ("1", "6", "11")),
    "below zero": (Y - 1, ("-1", "0", "1")),
    "truth": (Y > 0, ("0", "1")),
}


@pytest.mark.parametrize("case", LABELS)
def test_every_kind_of_label(case: str, tmp_path: Path) -> None:
    labels, names = LABELS[case]
    dataset = open_dataset(saved(tmp_path, x=X, y=labels))
    assert sorted(dataset.class_names) == sorted(names)
    wanted = labels.argmax(axis=1) if case == "one-hot" else labels.reshape(-1)
    for value, label in zip(wanted.tolist(), dataset.labels.tolist(), strict=True):
        text = value.decode() if isinstance(value, bytes) else str(value if isinstance(value, str) else int(value))
        assert dataset.class_names[label] == text


def test_names_of_classes_come_along(tmp_path: Path) -> None:
    dataset = open_dataset(saved(tmp_path, x=X, y=Y, class_names=np.array(["zebra", "ape", "dog", "cow"])))
    assert dataset.class_names == ("zebra", "ape", "dog")
    assert dataset.labels.tolist() == Y.tolist()


def test_images_without_labels_are_told(tmp_path: Path) -> None:
    dataset = open_dataset(saved(tmp_path, x_train=X, y_train=Y, x_test=X))
    assert len(dataset) == 12
    assert dataset.warnings == ("“x_test” has no labels and is left out.",)


def test_class_folders_are_no_arrays(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    np.save(tmp_path / "features.npy", X)
    assert Arrays().looks_like(tmp_path) < 0.5
    assert Arrays().looks_like(tmp_path / "cats") == 0


def raw(descr: str = "'|u1'", shape: str = "(12, 6, 5, 3)", data: bytes = X.tobytes(), order: str = "False") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


ONLY = "they are not read because they could run a program. Save it as numbers, for example with .astype('uint8')."
AS_ONE = "Save the images as one array of (count, height, width, colours), whole numbers from 0 to 255."
AGAIN = "Save it again with numpy.save."
BAD_NPY: dict[str, tuple[bytes, str]] = {
    "empty": (b"", f"the file is empty. {AGAIN}"),
    "magic number": (b"\x94" + raw()[1:],
                     f"is no array of NumPy: it does not begin with that format's mark. {AGAIN}"),
    "newer": (raw()[:6] + b"\x09" + raw()[7:],
              f"is no array of NumPy: it does not begin with that format's mark. {AGAIN}"),
    "cut header": (raw()[:50], f"is damaged: it ends inside its header. {AGAIN}"),
    "cut": (raw()[:-1], f"is damaged: it holds fewer values than its header says (1,080). {AGAIN}"),
    "too long": (raw() + b"x", f"is damaged: it holds more values than its header says (1,080). {AGAIN}"),
    "promises too much": (
        raw(shape="(1000000000000, 6, 5, 3)"),
        f"is damaged: it holds fewer values than its header says (90,000,000,000,000). {AGAIN}"),
    "30,000 pixels square": (
        raw(shape="(1, 30000, 30000)"),
        f"is damaged: it holds fewer values than its header says (900,000,000). {AGAIN}"),
    "objects": (raw("'|O'"), f"holds objects of Python instead of numbers; {ONLY}"),
    "records": (raw("[('a', '<f4')]"), "holds values that are neither numbers nor texts. Save it as numbers."),
    "dates": (raw("'<M8'"), "holds values that are neither numbers nor texts. Save it as numbers."),
    "an expression": (raw(shape="(__import__('os').getpid(), 2)"),
                      f"is damaged: its header cannot be understood. {AGAIN}"),
    "negative": (raw(shape="(-12, 6, 5, 3)"), f"is damaged: its header cannot be understood. {AGAIN}"),
    "a text of a megabyte": (raw("'<U300000'"),
                             f"says that each value takes 1,200,000 bytes, which is not read. {AGAIN}"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_NPY)
def test_bad_files_are_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    data, sentence = BAD_NPY[case]
    path = tmp_path / "x_train.npy"
    path.write_bytes(data)
    np.save(tmp_path / "y_train.npy", Y)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path)
    assert str(caught.value) == f"{path}: {sentence}"


MANY = "0 to 1, −1 to 1, 0 to 255 and, where they are whole, 0 to 65,535 are read"
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "counts differ": ({"x": X, "y": Y[:11]}, ", x",
                      "holds 12 images, but y holds 11 labels. Save both again, with one label an image."),
    "rows": ({"x": X.reshape(12, 90), "y": Y}, ", x", f"holds no images: its sizes are 12 × 90. {AS_ONE}"),
    "two channels": ({"x": X[..., :2], "y": Y}, ", x", f"holds no images: its sizes are 12 × 6 × 5 × 2. {AS_ONE}"),
    "texts": ({"x": np.full((12, 2, 2), "a"), "y": Y}, ", x", f"holds texts where images are expected. {AS_ONE}"),
    "no pixels": ({"x": X[:, :0], "y": Y}, ", x",
                  "holds images of 0 × 5 pixels, which cannot be read. Save it again, with smaller images."),
    "not a number": ({"x": np.where(X > 9, np.nan, 1), "y": Y}, ", x",
                     f"holds values that are no numbers (NaN). {AS_ONE}"),
    "without end": ({"x": np.where(X > 9, np.inf, 1), "y": Y}, ", x",
                    f"holds values that are no numbers (NaN). {AS_ONE}"),
    "standardised": ({"x": np.where(X > 9, -2.5, 3), "y": Y}, ", x", f"holds numbers from −2.5 to 3; {MANY}. {AS_ONE}"),
    "sizes differ": ({"x_train": X, "y_train": Y, "x_test": X[:, 1:], "y_test": Y}, ", x_test",
                     "its images are of another size than those of x_train. Save them in one size."),
    "half classes": ({"x": X, "y": Y / 2}, ", y",
                     "holds the label 0.5, which is no whole number. Save one whole number or one text an image."),
    "shares": ({"x": X, "y": np.full((12, 3), 1 / 3)}, ", y",
               "holds rows of 3 numbers that are not a single 1 among zeros. "
               "Save one whole number or one text an image."),
    "blank": ({"x": X, "y": np.array(["", "a"])[Y % 2]}, ", y",
              "holds an empty text as a label. Save one whole number or one text an image."),
    "label outside": ({"x": X, "y": Y, "class_names": np.array(["a", "b"])}, ", y",
                      "holds the label 2, but only 2 classes are named. "
                      "Add the missing names, or leave the names away."),
    "unclear": ({"a": X, "b": X, "c": Y}, "",
                "it is not clear which arrays are images and which are labels: a, b, c. "
                "Save the images as x_train and their labels as y_train (and x_test, y_test)."),
    "one class": ({"x": X, "y": Y * 0}, "",
                  "holds only one class, “0”. Add a folder of images for a second class, or choose another folder."),
    "nothing": ({}, "", "holds no arrays. "
                "Save the images as x_train and their labels as y_train (and x_test, y_test)."),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_arrays_that_are_no_dataset(case: str, tmp_path: Path) -> None:
    arrays, where, sentence = BAD[case]
    path = saved(tmp_path, **arrays)
    with pytest.raises(UserError) as caught:
        open_dataset(path)
    assert str(caught.value) == f"{path}{where}: {sentence}"


def zipped(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(f"{name}.npy", data)
    return path


def overwritten(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


BAD_NPZ: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "empty": (lambda p: overwritten(zipped(p), lambda d: b""), "", "the file is empty."),
    "no zip": (lambda p: overwritten(zipped(p), lambda d: b"<html>" * 9), "", "is damaged or cut short"),
    "cut": (lambda p: overwritten(zipped(p, x=raw(), y=raw()), lambda d: d[: len(d) // 2]), "", "is damaged"),
    "scribbled": (lambda p: overwritten(zipped(p, x=raw(), y=raw()), lambda d: d[:60] + b"?" * 40 + d[100:]), "",
                  "is damaged and cannot be unpacked."),
    "objects": (lambda p: zipped(p, x=raw("'|O'")), ", x", f"holds objects of Python instead of numbers; {ONLY}"),
    "promises too much": (lambda p: zipped(p, x=raw(shape="(1000000000000, 6, 5, 3)")), ", x",
                          "is damaged: it holds fewer values than its header says (90,000,000,000,000)."),
    "a bomb": (lambda p: zipped(p, x=raw(shape="(60, 1000, 1000)", data=bytes(60_000_000))), "",
               "unpacks to more than 200 times its size (0.1 GB). Do not use it: it was made to fill the disk."),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_NPZ)
def test_bad_packed_files_are_refused_in_a_sentence(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guiapp.data.archives.entry.BOMB_BYTES", 50_000_000)
    make, where, sentence = BAD_NPZ[case]
    path = make(tmp_path / "data.npz")
    tracemalloc.start()
    try:
        with pytest.raises(UserError) as caught:
            open_dataset(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(f"{path}{where}: ")
    assert sentence in str(caught.value)
    assert peak < 4e6


def test_nothing_pickled_is_loaded(tmp_path: Path) -> None:
    class Runs:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
            return os.system, (f"touch {tmp_path}/run",)

    np.savez(tmp_path / "data.npz", x=np.array([Runs()], object), y=Y)
    with pytest.raises(UserError, match="holds objects of Python"):
        open_dataset(tmp_path / "data.npz")
    assert not (tmp_path / "run").exists()


def test_large_arrays_are_read_piece_by_piece(tmp_path: Path) -> None:
    x = np.resize(np.arange(251, dtype=np.uint8), (8_000, 3, 32, 32))
    path = saved(tmp_path, x=x, y=np.arange(8_000) % 2)
    tracemalloc.start()
    try:
        open_dataset(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6


def test_cancel(tmp_path: Path) -> None:
    path = saved(tmp_path, **SPLIT)
    with pytest.raises(Cancelled):
        open_dataset(path, cancel=lambda: True)


def test_a_missing_folder_entry_is_no_array(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no arrays"):
        open_dataset(tmp_path, "arrays")


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text("{}'()[], :<|>UOif1234890descrfortran_orderTruFalsehpL-", max_size=120).map(raw),
        st.text("()1234567890, L-", max_size=60).map(lambda text: raw(shape=text)),
        st.text(max_size=60).map(lambda text: b"\x93NUMPY\x02\x00\x40\0\0\0" + text.encode("utf-8")),
    )
)
def test_any_header_is_read_or_refused(data: bytes) -> None:
    try:
        header = parse_header(data)
    except UserError as exc:
        assert exc.mend
    else:
        assert header.length <= len(data)
        assert header.bytes >= 0
        assert header.dtype.kind in "biufUS"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("npz") / "file.npz"


_buffer = io.BytesIO()
np.savez(_buffer, x=X[:2], y=Y[:2])
PACKED = _buffer.getvalue()


@given(at=st.integers(0, len(PACKED) - 1), change=st.binary(min_size=1, max_size=8), cut=st.integers(0, 60))
def test_any_packed_file_is_read_or_refused(scratch: Path, at: int, change: bytes, cut: int) -> None:
    scratch.write_bytes(PACKED[:at] + change + PACKED[at + len(change) :][: len(PACKED) - cut])
    try:
        arrays = read_npz(scratch, never)
        for array in arrays:
            for chunk in array.chunks(never):
                assert len(chunk)
    except UserError as exc:
        assert str(exc).startswith(str(scratch))


@pytest.mark.skipif(os.name == "nt", reason="names there are never bytes")
def test_files_that_cannot_be_named_are_told(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    with open(os.fsencode(tmp_path) + b"/x_\xff.npy", "wb") as file:
        file.write(raw())
    (tmp_path / "x_test.npy").symlink_to(tmp_path / "x_test.npy")
    dataset = open_dataset(tmp_path)
    assert len(dataset) == 12
    assert [(s.path, s.why) for s in dataset.skipped] == [
        ("x_\\udcff.npy", "has a name that is not UTF-8; rename it to use it")
    ]
