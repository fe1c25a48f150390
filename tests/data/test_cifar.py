"""CIFAR's batches, as Python wrote them and as plain bytes: whole, cut, and malicious."""

from __future__ import annotations

import os
import pickle
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
from guiapp.data.dataset import TEST, TRAIN
from guiapp.data.importers.cifar import CIFAR_10
from guiapp.data.importers.cifar_files import binary_batch, python_batch
from guiapp.data.keeping import Keeper, Kept
from guiapp.data.opening import open_dataset
from guiapp.data.work import never, no_progress

AGAIN = "Download it again."
NO_BATCH = f"is no batch of CIFAR: it does not hold images of 32 × 32 pixels in three colours. {AGAIN}"
COUNT = 10


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVNET_STUDIO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "arrays"


def planes(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (COUNT, 3072), np.uint8)


def pictures(*seeds: int) -> NDArray[np.uint8]:
    rows = np.concatenate([planes(seed) for seed in seeds])
    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


def batch(seed: int, keys: type = str, **extra: Any) -> dict[Any, Any]:
    content = {"data": planes(seed), "batch_label": "one", "filenames": [f"{i}.png" for i in range(COUNT)], **extra}
    if keys is str:
        return content
    return {key.encode(): value for key, value in content.items()}


LABELS = [(i * 7) % 10 for i in range(COUNT)]


def ten(folder: Path, protocol: int = 2, keys: type = str) -> Path:
    folder.mkdir(exist_ok=True)
    for seed, name in enumerate(("data_batch_1", "data_batch_2", "test_batch")):
        (folder / name).write_bytes(pickle.dumps(batch(seed, keys, labels=LABELS), protocol))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list(CIFAR_10)}, protocol))
    return folder


def hundred(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for seed, name in enumerate(("train", "test")):
        content = batch(seed, fine_labels=LABELS, coarse_labels=[label // 5 for label in LABELS])
        (folder / name).write_bytes(pickle.dumps(content, 2))
    names = {"fine_label_names": [f"kind {i}" for i in range(10)], "coarse_label_names": ["plants", "animals"]}
    (folder / "meta").write_bytes(pickle.dumps(names, 2))
    return folder


def as_bytes(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for seed, name in enumerate(("data_batch_1.bin", "test_batch.bin")):
        rows = np.concatenate([np.array(LABELS, np.uint8)[:, None], planes(seed)], axis=1)
        (folder / name).write_bytes(rows.tobytes())
    (folder / "batches.meta.txt").write_text("\n".join(CIFAR_10) + "\n\n")
    return folder


@pytest.mark.parametrize("keys", [str, bytes])
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_ten_classes(tmp_path: Path, protocol: int, keys: type) -> None:
    folder = ten(tmp_path / "cifar-10-batches-py", protocol, keys)
    for path, prefix in ((folder, ""), (tmp_path, "cifar-10-batches-py/"), (folder / "test_batch", "")):
        dataset = open_dataset(path)
        assert dataset.importer == "cifar"
        assert dataset.class_names == CIFAR_10
        assert dataset.labels.tolist() == LABELS * 3
        assert dataset.given_splits is not None
        assert dataset.given_splits.tolist() == [TRAIN] * 20 + [TEST] * 10
        assert dataset.paths[10] == f"{prefix}data_batch_2#0"
        assert dataset.choices == {}
    assert np.array_equal(decode(dataset, 32, 32, 3).images, pictures(0, 1, 2))


def test_the_second_time_no_batch_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ten(tmp_path / "cifar")
    (folder / "batches.meta").unlink()
    first = open_dataset(folder)
    monkeypatch.setattr("guiapp.data.importers.cifar_files.read_pickle", None)
    again = open_dataset(folder)
    assert again.labels.tolist() == first.labels.tolist()
    assert again.class_names == CIFAR_10
    assert np.array_equal(again.read(25), pictures(2)[5])


def test_a_hundred_classes_by_kind_or_by_group(tmp_path: Path) -> None:
    folder = hundred(tmp_path / "cifar")
    fine = open_dataset(folder)
    assert fine.class_names == tuple(f"kind {i}" for i in range(10))
    assert fine.labels.tolist() == LABELS * 2
    assert fine.choices == {"labels": ("fine", "coarse")}
    assert fine.options is not None
    assert fine.options.model_dump() == {"labels": "fine"}
    coarse = open_dataset(folder, options={"labels": "coarse"})
    assert coarse.class_names == ("plants", "animals")
    assert coarse.labels.tolist() == [label // 5 for label in LABELS] * 2
    with pytest.raises(UserError) as caught:
        open_dataset(folder, options={"labels": "big"})
    assert str(caught.value) == f"{folder}: has no labels called “big”. Choose “fine” or “coarse”."


def test_plain_bytes(tmp_path: Path) -> None:
    dataset = open_dataset(as_bytes(tmp_path / "cifar"))
    assert dataset.class_names == CIFAR_10
    assert dataset.labels.tolist() == LABELS * 2
    assert np.array_equal(decode(dataset, 32, 32, 3).images, pictures(0, 1))


def test_a_hundred_classes_as_plain_bytes(tmp_path: Path) -> None:
    for seed, name in enumerate(("train.bin", "test.bin")):
        labels = np.array([[label // 5, label] for label in LABELS], np.uint8)
        (tmp_path / name).write_bytes(np.concatenate([labels, planes(seed)], axis=1).tobytes())
    (tmp_path / "coarse_label_names.txt").write_text("plants\r\nanimals\r\n")
    fine, coarse = open_dataset(tmp_path), open_dataset(tmp_path, options={"labels": "coarse"})
    assert fine.class_names == tuple(map(str, range(10)))
    assert coarse.class_names == ("plants", "animals")
    assert coarse.labels.tolist() == [label // 5 for label in LABELS] * 2
    assert np.array_equal(fine.read(13), pictures(1)[3])


def test_files_called_train_and_test_alone_are_no_batches(tmp_path: Path) -> None:
    (tmp_path / "train").write_text("x")
    with pytest.raises(UserError, match="holds no CIFAR batches"):
        open_dataset(tmp_path, "cifar")


class Runs:
    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (self._command,)


def test_nothing_in_a_batch_is_run(tmp_path: Path) -> None:
    folder = ten(tmp_path / "cifar")
    for name in ("test_batch", "batches.meta"):
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(pickle.dumps(batch(0, labels=LABELS, more=Runs(f"touch {tmp_path}/run")), 2))
        with pytest.raises(UserError, match="which is not read because it could run a program") as caught:
            open_dataset(folder)
        assert str(caught.value).startswith(f"{folder / name}: holds more than plain data")
        (folder / name).write_bytes(kept)
    assert not (tmp_path / "run").exists()


def put(content: Any, name: str = "test_batch") -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, 2))

    return act


def cut(folder: Path) -> None:
    (folder / "test_batch").write_bytes((folder / "test_batch").read_bytes()[:20_000])


BAD: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "empty": (put(b""), "test_batch", f"is damaged: the file ends too early. {AGAIN}"),
    "cut": (cut, "test_batch", f"is damaged: the file ends too early. {AGAIN}"),
    "a page": (put(b"<html>404</html>"), "test_batch", f"is damaged, or is no pickle. {AGAIN}"),
    "a list": (put([1, 2]), "test_batch", NO_BATCH),
    "no images": (put({"labels": LABELS}), "test_batch", NO_BATCH),
    "other images": (put({"data": np.zeros((10, 784), np.uint8), "labels": LABELS}), "test_batch", NO_BATCH),
    "other numbers": (put({"data": np.zeros((10, 3072), np.float32), "labels": LABELS}), "test_batch", NO_BATCH),
    "counts differ": (put(batch(0, labels=LABELS[:9])), "test_batch", f"holds 10 images, but 9 labels. {AGAIN}"),
    "no labels": (put(batch(0)), "test_batch", f"holds no labels called “labels”. {AGAIN}"),
    "odd labels": (put(batch(0, labels=["a"] * 10)), "test_batch",
                   f"holds labels that are no numbers from 0 on. {AGAIN}"),
    "label below": (put(batch(0, labels=[-1] * 10)), "test_batch",
                    f"holds labels that are no numbers from 0 on. {AGAIN}"),
    "label outside": (put(batch(0, labels=[12] * 10)), "batches.meta",
                      "names 10 classes, but there is a label 12. Download both again."),
    "no names": (put({"label_names": [1]}, "batches.meta"), "batches.meta",
                 f"does not hold the names of the classes. {AGAIN}"),
    "one name twice": (put({"label_names": ["a", "a"]}, "batches.meta"), "batches.meta",
                       f"does not hold the names of the classes. {AGAIN}"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    act, name, sentence = BAD[case]
    folder = ten(tmp_path / "cifar")
    act(folder)
    with pytest.raises(UserError) as caught:
        open_dataset(folder)
    assert str(caught.value) == f"{folder / name}: {sentence}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", f"the file is empty. {AGAIN}"),
        (bytes(3073 + 3072), f"is no batch of CIFAR: its 6,145 bytes are no multiple of 3,073. {AGAIN}"),
    ],
)
def test_bad_bytes_are_refused_in_a_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    folder = as_bytes(tmp_path / "cifar")
    (folder / "test_batch.bin").write_bytes(content)
    with pytest.raises(UserError) as caught:
        open_dataset(folder)
    assert str(caught.value) == f"{folder / 'test_batch.bin'}: {sentence}"


def test_cancel(tmp_path: Path) -> None:
    for folder in (ten(tmp_path / "python"), as_bytes(tmp_path / "bytes")):
        with pytest.raises(Cancelled):
            open_dataset(folder, cancel=lambda: True)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cifar") / "file"


class Forgetful(Keeper):
    """Files of one size that change within the clock's tick look the same."""

    def find(self, origin: Path, name: str = "") -> Kept | None:
        return None


SMALL = pickle.dumps({"data": planes(0)[:1], "labels": [3]}, 2)


@given(st.integers(0, 200), st.binary(min_size=1, max_size=6), st.integers(0, 2))
def test_any_batch_is_read_or_refused(scratch: Path, at: int, change: bytes, from_end: int) -> None:
    at = len(SMALL) - at - 1 if from_end else at
    scratch.write_bytes(SMALL[:at] + change + SMALL[at + len(change) :])
    for read in (python_batch, binary_batch):
        try:
            read(scratch, ("labels",), Forgetful(no_progress), never)
        except UserError as exc:
            assert str(exc).startswith(str(scratch))
