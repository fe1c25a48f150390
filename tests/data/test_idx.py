"""MNIST's files: whole, packed, cut, and nonsense."""

from __future__ import annotations

import gzip
import os
import re
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from guiapp.core.notify import Cancelled, UserError
from guiapp.data.cache import decode
from guiapp.data.dataset import TEST, TRAIN
from guiapp.data.importers.idx_files import images_in, parse_header, read_idx
from guiapp.data.keeping import Keeper
from guiapp.data.opening import open_dataset
from guiapp.data.sources import StoredSource
from guiapp.data.work import never, no_progress

AGAIN = "Download it again."


def idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def pictures(count: int, seed: int = 0, shape: tuple[int, ...] = (5, 4)) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


def labels(count: int) -> NDArray[np.uint8]:
    return (np.arange(count) % 3).astype(np.uint8)


def put(folder: Path, name: str, array: NDArray[np.uint8]) -> None:
    data = idx(array)
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    put(tmp_path, "train-images-idx3-ubyte.gz", pictures(12))
    put(tmp_path, "train-labels-idx1-ubyte.gz", labels(12))
    put(tmp_path, "t10k-images-idx3-ubyte", pictures(6, 1))
    put(tmp_path, "t10k-labels-idx1-ubyte", labels(6))
    return tmp_path


def test_train_and_test(mnist: Path) -> None:
    dataset = open_dataset(mnist)
    assert dataset.importer == "idx"
    assert dataset.class_names == ("0", "1", "2")
    assert dataset.labels.tolist() == [*labels(12), *labels(6)]
    assert dataset.given_splits is not None
    assert dataset.given_splits.tolist() == [TRAIN] * 12 + [TEST] * 6
    assert dataset.paths[0] == "train-images-idx3-ubyte.gz#0"
    assert dataset.paths[-1] == "t10k-images-idx3-ubyte#5"
    assert np.array_equal(dataset.read(13)[..., 1], pictures(6, 1)[1])
    assert dataset.read(13).shape == (5, 4, 3)
    assert dataset.thumbnail(0, 96).shape == (5, 4, 3)
    assert dataset.read_fitted(0, 8, 8, 1).shape == (8, 8, 1)


def test_decoding_at_their_own_size_is_exact(mnist: Path) -> None:
    dataset = open_dataset(mnist)
    everything = np.concatenate([pictures(12), pictures(6, 1)])
    decoded = decode(dataset, 4, 5, 1)
    assert decoded.good.all()
    assert np.array_equal(decoded.images[..., 0], everything)
    part = dataset.only(["0", "2"])
    kept = np.concatenate([labels(12), labels(6)]) != 1
    assert np.array_equal(decode(part, 4, 5, 1).images[..., 0], everything[kept])
    assert np.array_equal(part.read(1)[..., 0], everything[kept][1])
    assert decode(dataset, 8, 8, 3).images.shape == (18, 8, 8, 3)


def test_one_file_of_the_pair_is_enough_to_choose(mnist: Path) -> None:
    assert len(open_dataset(mnist / "train-images-idx3-ubyte.gz")) == 12


def test_other_names_and_colour(tmp_path: Path) -> None:
    put(tmp_path, "emnist-letters-train-images.idx4-ubyte", pictures(4, shape=(3, 3, 3)))
    put(tmp_path, "emnist-letters-train-labels.idx1-ubyte", np.array([1, 2, 26, 1], np.uint8))
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("A", "B", "Z")
    assert dataset.labels.tolist() == [0, 1, 2, 0]
    assert np.array_equal(dataset.read(2), pictures(4, shape=(3, 3, 3))[2])


FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
BEGIN = [9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1, 0, 6, 4]


def pair(folder: Path, values: list[int]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    put(folder, "train-images-idx3-ubyte", pictures(len(values)))
    put(folder, "train-labels-idx1-ubyte.gz", np.array(values, np.uint8))
    return folder


@pytest.mark.parametrize(
    ("place", "values", "fashion"),
    [
        ("Fashion-MNIST", [0, 4, 9], True),
        ("fashion/raw", [0, 4, 9], True),
        ("data", [*BEGIN, 4, 8], True),
        ("data", [5, *BEGIN], False),
        ("fashion/data", [0, 4, 9], False),
        ("fashion", [0, 4, 12], False),
        ("mnist", list(range(10)), False),
    ],
)
def test_fashion_mnist_is_known_by_its_folder_or_its_first_labels(
    tmp_path: Path, place: str, values: list[int], fashion: bool
) -> None:
    folder = pair(tmp_path / place, values)
    for path in (folder, folder / "train-images-idx3-ubyte"):
        dataset = open_dataset(path)
        used = sorted(set(values))
        assert dataset.class_names == tuple(FASHION[v] if fashion else str(v) for v in used)
        assert [dataset.class_names[label] for label in dataset.labels][:2] == [
            FASHION[v] if fashion else str(v) for v in values[:2]
        ]
        assert dataset.options is not None
        assert dataset.options.model_dump() == {"names": "Fashion-MNIST" if fashion else "numbers"}


def test_class_names_can_be_told(tmp_path: Path) -> None:
    folder = pair(tmp_path / "fashion", [1, 2, 1])
    for names, wanted in (
        ("Fashion-MNIST", ("Trouser", "Pullover")),
        ("numbers", ("1", "2")),
        ("letters", ("A", "B")),
        ("by looking", ("Trouser", "Pullover")),
    ):
        assert open_dataset(folder, options={"names": names}).class_names == wanted


@pytest.mark.parametrize(
    ("names", "value", "group"), [("Fashion-MNIST", 12, "Fashion-MNIST"), ("letters", 0, "the letters")]
)
def test_labels_outside_the_names(tmp_path: Path, names: str, value: int, group: str) -> None:
    folder = pair(tmp_path / "data", [1, value])
    with pytest.raises(UserError) as caught:
        open_dataset(folder, options={"names": names})
    what = f"holds the label {value}, which is none of {group}. Choose “numbers” as the class names."
    assert str(caught.value) == f"{folder}: {what}"


def overwrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return act


TRAINING, TESTING = "train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte"
BAD: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "magic number": (
        overwrite(TESTING, lambda d: b"\1" + d[1:]),
        TESTING,
        f"is not an IDX file: it does not begin with that format's number. {AGAIN}",
    ),
    "floating point": (
        overwrite(TESTING, lambda d: d[:2] + b"\x0d" + d[3:]),
        TESTING,
        "holds numbers of a kind that is not read. Save it with unsigned bytes.",
    ),
    "cut header": (overwrite(TESTING, lambda d: d[:9]), TESTING, f"ends inside its header. {AGAIN}"),
    "empty": (
        overwrite(TESTING, lambda d: b""),
        TESTING,
        f"is not an IDX file: it does not begin with that format's number. {AGAIN}",
    ),
    "cut": (
        overwrite(TESTING, lambda d: d[:-1]),
        TESTING,
        f"is damaged: it holds fewer values than its header says (120). {AGAIN}",
    ),
    "too long": (
        overwrite(TESTING, lambda d: d + b"x"),
        TESTING,
        f"is damaged: it holds more values than its header says (120). {AGAIN}",
    ),
    "labels for images": (
        overwrite(TESTING, lambda d: idx(labels(6))),
        TESTING,
        "has 1 dimensions where 3 or 4 are expected. Choose the right file.",
    ),
    "no pixels": (
        overwrite(TESTING, lambda d: idx(np.zeros((6, 0, 4), np.uint8))),
        TESTING,
        f"holds images of 0 × 4 pixels, which cannot be read. {AGAIN}",
    ),
    "promises too much": (
        overwrite(TESTING, lambda d: struct.pack(">IIII", 0x803, 2**32 - 1, 28, 28)),
        TESTING,
        f"is damaged: it holds fewer values than its header says (3,367,254,359,280). {AGAIN}".replace(
            "3,367,254,359,280", f"{(2**32 - 1) * 784:,}"
        ),
    ),
    "cut gzip": (
        overwrite(TRAINING, lambda d: d[: len(d) // 2]),
        TRAINING,
        f"is damaged: the file ends too early. {AGAIN}",
    ),
    "scribbled gzip": (
        overwrite(TRAINING, lambda d: d[:-8] + b"scribble"),
        TRAINING,
        f"is damaged and cannot be unpacked. {AGAIN}",
    ),
    "no gzip": (
        overwrite(TRAINING, lambda d: b"<html>404</html>"),
        TRAINING,
        f"is damaged and cannot be unpacked. {AGAIN}",
    ),
    "counts differ": (
        overwrite("t10k-labels-idx1-ubyte", lambda d: idx(labels(5))),
        TESTING,
        "holds 6 images, but t10k-labels-idx1-ubyte holds 5 labels. Download both again.",
    ),
    "packed, promises too much": (
        lambda folder: (folder / TRAINING).write_bytes(gzip.compress(struct.pack(">IIII", 0x803, 10**6, 1000, 1000))),
        TRAINING,
        f"is damaged: it holds fewer values than its header says (1,000,000,000,000). {AGAIN}",
    ),
    "packed, one too few": (
        lambda folder: (folder / TRAINING).write_bytes(gzip.compress(idx(pictures(12))[:-1])),
        TRAINING,
        f"is damaged: it holds fewer values than its header says (240). {AGAIN}",
    ),
    "packed, one too many": (
        lambda folder: (folder / TRAINING).write_bytes(gzip.compress(idx(pictures(12)) + b"x")),
        TRAINING,
        f"is damaged: it holds more values than its header says (240). {AGAIN}",
    ),
    "a bomb": (
        lambda folder: (folder / TRAINING).write_bytes(
            gzip.compress(struct.pack(">IIII", 0x803, 101, 1000, 1000) + bytes(101_000_000))
        ),
        TRAINING,
        "unpacks to more than 200 times its size (0.1 GB). Do not use it: it was made to fill the disk.",
    ),
    "30,000 pixels square": (
        lambda folder: (folder / TRAINING).write_bytes(
            gzip.compress(struct.pack(">IIII", 0x803, 1, 30_000, 30_000)) + bytes(900_000)
        ),
        TRAINING,
        f"says that its images have 30,000 × 30,000 pixels; at most 100,000,000 in all are read. {AGAIN}",
    ),
    "labels without end": (
        lambda folder: (folder / "train-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(struct.pack(">II", 0x801, 2**32 - 1))
        ),
        "train-labels-idx1-ubyte.gz",
        f"says that it holds 4,294,967,295 labels; at most 10,000,000 are read. {AGAIN}",
    ),
    "sizes differ": (
        overwrite(TESTING, lambda d: idx(pictures(6, shape=(7, 7)))),
        TESTING,
        f"its images are of another size than those of {TRAINING}. Keep files of one size in the folder.",
    ),
    "no labels": (
        lambda folder: (folder / "t10k-labels-idx1-ubyte").unlink(),
        TESTING,
        "the file with the labels of these images is missing. "
        "Put t10k-labels-idx1-ubyte (or t10k-labels-idx1-ubyte.gz) beside it.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_in_a_sentence(case: str, mnist: Path) -> None:
    act, name, sentence = BAD[case]
    act(mnist)
    tracemalloc.start()
    try:
        with pytest.raises(UserError) as caught:
            open_dataset(mnist)
        assert tracemalloc.get_traced_memory()[1] < 16e6
    finally:
        tracemalloc.stop()
    assert str(caught.value) == f"{mnist / name}: {sentence}"


def test_no_idx_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no IDX files"):
        open_dataset(tmp_path, "idx")


def test_cancel(mnist: Path) -> None:
    with pytest.raises(Cancelled):
        open_dataset(mnist, cancel=lambda: True)


@given(st.binary(max_size=24), st.sampled_from([b"", b"\0\0\x08", b"\0\0\x08\3"]))
def test_any_header_is_read_or_refused(data: bytes, start: bytes) -> None:
    try:
        shape, length = parse_header(start + data)
    except UserError as exc:
        assert exc.mend
    else:
        assert 1 <= len(shape) <= 4
        assert length == 4 + 4 * len(shape) <= len(start + data)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx")


@given(data=st.binary(max_size=60), start=st.sampled_from([b"", b"\0\0\x08\3", b"\0\0\x08\1\0\0\0"]))
def test_any_file_is_read_or_refused(scratch: Path, data: bytes, start: bytes) -> None:
    path = scratch / "file"
    path.write_bytes(start + data)
    try:
        array = read_idx(path, (1, 3, 4), never)
    except UserError as exc:
        assert re.match(re.escape(str(path)), str(exc))
    else:
        assert idx(array) == start + data


@given(
    data=st.binary(max_size=60),
    start=st.sampled_from([b"", b"\0\0\x08\3", b"\0\0\x08\4\0\0\0\1"]),
    packed=st.booleans(),
)
def test_any_file_of_images_is_found_or_refused(scratch: Path, data: bytes, start: bytes, packed: bool) -> None:
    path = scratch / ("images.gz" if packed else "images")
    path.write_bytes(gzip.compress(start + data) if packed else start + data)
    os.utime(path, ns=(1, zlib.crc32(path.read_bytes())))
    try:
        part = images_in(path, Keeper(no_progress), never)
    except UserError as exc:
        assert re.match(re.escape(str(path)), str(exc))
    else:
        images = StoredSource.of([part]).read_many(0, part.shape[0])
        assert images.tobytes() == (start + data)[-images.nbytes or len(start + data) :]


@pytest.mark.skipif(os.name == "nt", reason="names there are never bytes")
def test_files_that_cannot_be_named_are_told(mnist: Path) -> None:
    with open(os.fsencode(mnist) + b"/\xff-images-idx3-ubyte", "wb") as file:
        file.write(idx(pictures(3)))
    (mnist / "loop-images-idx3-ubyte").symlink_to("loop-images-idx3-ubyte")
    dataset = open_dataset(mnist)
    assert len(dataset) == 18
    assert [(s.path, s.why) for s in dataset.skipped] == [
        ("\\udcff-images-idx3-ubyte", "has a name that is not UTF-8; rename it to use it")
    ]
