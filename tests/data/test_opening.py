"""Opening folders: every layout, and every way to be wrong, in its exact words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from guiapp.core.notify import Cancelled, UserError
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset
from guiapp.data.importers import importers
from guiapp.data.opening import open_dataset


def put(root: Path, *names: str) -> None:
    """Write small images at these places."""
    for i, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3), (i * 20 % 256, 40, 90)).save(path)


def by_class(dataset: Dataset) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {name: [] for name in dataset.class_names}
    for path, label in zip(dataset.paths, dataset.labels, strict=True):
        out[dataset.class_names[label]].append(path)
    return out


def test_one_folder_a_class(tmp_path: Path) -> None:
    put(tmp_path, "dogs/b.png", "dogs/a.JPG", "cats/deep/er/c.webp", "cats/d.tiff")
    dataset = open_dataset(tmp_path)
    assert dataset.importer == "class_folders"
    assert by_class(dataset) == {"cats": ["cats/d.tiff", "cats/deep/er/c.webp"], "dogs": ["dogs/a.JPG", "dogs/b.png"]}
    assert dataset.counts().tolist() == [2, 2]
    assert dataset.labels.dtype == np.int32
    assert dataset.given_splits is None
    assert dataset.warnings == ()
    assert dataset.skipped == ()
    assert dataset.absolute(0) == tmp_path / "cats/d.tiff"
    assert dataset.read(0).shape == (3, 4, 3)


def test_numbered_classes_come_in_their_order(tmp_path: Path) -> None:
    put(tmp_path, *(f"{name}/{i}.png" for name in ("10", "9", "1", "b2", "B10", "a") for i in range(2)))
    assert open_dataset(tmp_path).class_names == ("1", "9", "10", "a", "b2", "B10")


def test_ready_made_splits(tmp_path: Path) -> None:
    put(tmp_path, "Train/a/1.png", "Train/b/2.png", "valid/a/3.png", "valid/b/1.png", "test/b/4.png", "extra/5.png")
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("a", "b")
    assert dataset.given_splits is not None
    got = dict(zip(dataset.paths, dataset.given_splits.tolist(), strict=True))
    assert got == {
        "Train/a/1.png": TRAIN,
        "Train/b/2.png": TRAIN,
        "valid/a/3.png": VALIDATION,
        "valid/b/1.png": VALIDATION,
        "test/b/4.png": TEST,
    }
    assert [s.path for s in dataset.skipped] == ["extra"]


def test_classes_may_be_called_test(tmp_path: Path) -> None:
    put(tmp_path, "test/1.png", "test/2.png", "real/3.png", "real/4.png")
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("real", "test")
    assert dataset.given_splits is None


def test_what_is_no_image_is_passed_over_or_listed(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "a/2.png", "b/1.png", "b/2.png", "loose.png", ".hidden/1.png", "a/._1.png")
    for name in ("a/notes.txt", "a/Thumbs.db", "a/.DS_Store", "labels.csv"):
        (tmp_path / name).write_text("x")
    (tmp_path / "b/clip.mp4").write_text("x")
    (tmp_path / "b/gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "none").mkdir()
    dataset = open_dataset(tmp_path)
    assert len(dataset) == 4
    assert {s.path: s.why for s in dataset.skipped} == {
        "loose.png": "lies outside the folders of the classes",
        "b/clip.mp4": "is not a kind of image that is read",
        "b/gone.png": "there is no such file or folder",
    }
    assert dataset.warnings == ("The folder “none” holds no images, so that it is no class.",)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "a/deep/2.png", "b/1.png", "b/2.png")
    (tmp_path / "a/deep/up").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a/top").symlink_to("/", target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b/other").symlink_to(tmp_path / "a/deep", target_is_directory=True)
    dataset = open_dataset(tmp_path)
    assert by_class(dataset) == {
        "a": ["a/1.png", "a/deep/2.png"],
        "b": ["b/1.png", "b/2.png", "b/other/2.png", "b/other/up/1.png"],
    }


def test_small_classes_are_warned_of(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "b/1.png", "b/2.png")
    assert open_dataset(tmp_path).warnings == (
        "The class “a” has only one image, which is used to train, so that nothing is left to check with. "
        "Add more images.",
    )
    put(tmp_path, *(f"c{i}/1.png" for i in range(4)))
    assert open_dataset(tmp_path).warnings[0].startswith("The classes “a”, “c0”, “c1” and 2 more have only one image")


def test_a_class_without_training_images_is_warned_of(tmp_path: Path) -> None:
    put(tmp_path, "train/a/1.png", "train/a/2.png", "train/c/1.png", "train/c/2.png", "test/b/1.png", "test/b/2.png")
    assert open_dataset(tmp_path).warnings == ("The class “b” has no images in “train” and cannot be learned.",)


def nothing(root: Path) -> None:
    """Leave the folder empty."""


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty": (
        nothing,
        "the folder is empty. Choose a folder that holds a folder of images for each class.",
    ),
    "no images": (
        lambda root: (root / "a").mkdir(),
        "holds no images. Choose a folder that holds a folder of images for each class.",
    ),
    "only loose images": (
        lambda root: put(root, "1.png", "2.png"),
        "holds 2 images but no folder for each class. "
        "Put the images of each class in a folder of their own, named after the class.",
    ),
    "flat train and test": (
        lambda root: put(root, "train/1.png", "train/2.png", "test/3.png"),
        "holds 3 images but no folder for each class. "
        "Put the images of each class in a folder of their own, named after the class.",
    ),
    "one class": (
        lambda root: put(root, "cats/1.png", "cats/2.png"),
        "holds only one class, “cats”. Add a folder of images for a second class, or choose another folder.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_folders_are_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    make, sentence = BAD[case]
    make(tmp_path)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path)
    assert str(caught.value) == f"{tmp_path}: {sentence}"


def test_places_that_are_no_datasets(tmp_path: Path) -> None:
    put(tmp_path, "one.png")
    (tmp_path / "all.zip").write_bytes(b"PK")
    (tmp_path / "notes.txt").write_text("x")
    wanted = {
        "moved": "the dataset is not there. Choose where it is now.",
        "one.png": "is a single image, not a dataset. Choose a folder that holds a folder of images for each class.",
        "all.zip": "is a packed archive. Unpack it, and choose the folder that comes out.",
        "notes.txt": "is not a dataset that can be read. Choose a folder that holds a folder of images for each class.",
        "notes.txt/x": "the dataset is not there. Choose where it is now.",
        "nul\0": "is no name that a folder can have. Choose the folder again.",
    }
    for name, sentence in wanted.items():
        with pytest.raises(UserError, match=re.escape(sentence)):
            open_dataset(tmp_path / name)
    with pytest.raises(UserError, match=r"kind of dataset called “tables”\. Use one of: [a-z_, ]*class_folders"):
        open_dataset(tmp_path, "tables")


def refusing(refused: str) -> Callable[..., object]:
    real = os.scandir

    def scandir(path: str) -> object:
        if os.fspath(path).endswith(refused):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    return scandir


def test_folders_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a/1.png", "b/2.png", "c/1.png")
    monkeypatch.setattr(os, "scandir", refusing("c"))
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("a", "b")
    assert [(s.path, s.why) for s in dataset.skipped] == [("c", "may not be opened: permission is denied")]
    monkeypatch.setattr(os, "scandir", refusing(tmp_path.name))
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path)
    sentence = "may not be opened: permission is denied. Change its permissions, or choose another place."
    assert str(caught.value) == f"{tmp_path}: {sentence}"


def test_any_names(tmp_path: Path) -> None:
    odd = ["a b", "猫 🐈", "two\nlines"]
    try:
        put(tmp_path, *(f"{name}/{name}.png" for name in odd))
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    dataset = open_dataset(tmp_path)
    assert set(dataset.class_names) == set(odd)
    assert all(dataset.read_fitted(i, 2, 2, 3).shape == (2, 2, 3) for i in range(3))
    assert len(dataset.fingerprint()) == 32


def test_names_that_no_project_could_keep_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "a/2.png", "b/1.png", "b/2.png")
    odd = os.fsdecode(b"latin\xe9")
    try:
        put(tmp_path, f"{odd}/1.png", f"a/{odd}.png", f"b/{odd}.PnG")
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    dataset = open_dataset(tmp_path)
    assert by_class(dataset) == {"a": ["a/1.png", "a/2.png"], "b": ["b/1.png", "b/2.png"]}
    assert dataset.warnings == (
        r"The folder “latin\udce9” has a name that is not UTF-8 and is left out. Rename it to use it.",
    )
    why = "has a name that is not UTF-8; rename it to use it"
    assert [(s.path, s.why) for s in dataset.skipped] == [(r"a/latin\udce9.png", why), (r"b/latin\udce9.PnG", why)]
    put(tmp_path, f"a/{odd}/1.png", f"{odd}2/1.png")
    assert open_dataset(tmp_path).warnings == (
        r"3 folders have names that are not UTF-8 and are left out; the first is “latin\udce9”. "
        "Rename them to use them.",
    )


def test_fingerprint_follows_the_files(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "a/2.png", "b/1.png", "b/2.png")
    first = open_dataset(tmp_path).fingerprint()
    assert open_dataset(tmp_path).fingerprint() == first
    os.utime(tmp_path / "a/1.png", ns=(1, 1))
    second = open_dataset(tmp_path).fingerprint()
    (tmp_path / "a/1.png").rename(tmp_path / "a/3.png")
    third = open_dataset(tmp_path).fingerprint()
    assert len({first, second, third}) == 3


def test_only_some_classes(tmp_path: Path) -> None:
    put(tmp_path, *(f"{split}/{name}/{i}.png" for split in ("train", "test") for name in "abc" for i in range(2)))
    whole = open_dataset(tmp_path)
    part = whole.only(["c", "a"])
    assert part.class_names == ("a", "c")
    assert part.paths == tuple(p for p in whole.paths if "/b/" not in p)
    assert [part.class_names[label] for label in part.labels] == [p.split("/")[1] for p in part.paths]
    assert part.given_splits is not None
    assert [("train", "", "test")[s] for s in part.given_splits] == [p.split("/")[0] for p in part.paths]
    assert part.fingerprint() != whole.fingerprint()
    assert whole.only("abc") is whole
    with pytest.raises(UserError, match=r"has no class named “d”\. Choose from the classes it has"):
        whole.only(["a", "d"])
    with pytest.raises(UserError, match="no class is chosen"):
        whole.only([])


def test_progress_and_cancel(tmp_path: Path) -> None:
    put(tmp_path, *(f"{name}/{i}.png" for name in "ab" for i in range(3)))
    seen: list[tuple[str, int, int]] = []
    open_dataset(tmp_path, progress=lambda *what: seen.append(what))
    assert seen[-1] == ("Reading folders", 6, 0)
    with pytest.raises(Cancelled):
        open_dataset(tmp_path, cancel=lambda: True)


def test_importers_are_found_by_themselves() -> None:
    names = [i.name for i in importers()]
    assert names == sorted(set(names))
    assert {"class_folders", "coco", "idx", "listing", "table"} <= set(names)
    assert all(i.title for i in importers())
