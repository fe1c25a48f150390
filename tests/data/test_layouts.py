"""Datasets laid out as people have them: packed one folder deeper, splits under other words, and what is beside."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, Dataset
from guiapp.data.opening import open_dataset


def put(root: Path, *names: str) -> None:
    for i, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3), (i * 20 % 256, 40, 90)).save(path)


def classes(root: Path, *names: str, each: int = 2) -> None:
    put(root, *(f"{name}/{i}.png" for name in names or ("cats", "dogs") for i in range(each)))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def given(dataset: Dataset) -> dict[str, int]:
    assert dataset.given_splits is not None
    return dict(zip(dataset.paths, dataset.given_splits.tolist(), strict=True))


def table(root: Path) -> None:
    put(root, *(f"train/{i}.png" for i in range(8)))
    write(root / "labels.csv", "id,label\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(8)))


def arrays(root: Path) -> None:
    root.mkdir(parents=True)
    np.savez(root / "digits.npz", x=np.zeros((4, 3, 3), np.uint8), y=np.array([0, 1, 0, 1]))


def coco(root: Path) -> None:
    for word in ("train", "val"):
        put(root, *(f"images/{word}2017/{word}{i}.png" for i in range(4)))
        images = [{"id": i, "file_name": f"{word}{i}.png"} for i in range(4)]
        said = [{"image_id": i, "category_id": i % 2} for i in range(4)]
        kinds = [{"id": i, "name": "ab"[i]} for i in range(2)]
        content = json.dumps({"images": images, "annotations": said, "categories": kinds})
        write(root / f"annotations/instances_{word}2017.json", content)


DEEPER: dict[str, tuple[Callable[[Path], None], str]] = {
    "arrays": (arrays, "arrays"),
    "classes": (classes, "class_folders"),
    "coco": (coco, "coco"),
    "named": (lambda root: put(root, *(f"{'ab'[i % 2]}_{i}.png" for i in range(8))), "file_names"),
    "table": (table, "table"),
}


@pytest.mark.parametrize("above", ["packed", "a/b c/ü"])
@pytest.mark.parametrize("kind", DEEPER)
def test_folders_around_a_dataset_are_stepped_through(kind: str, above: str, tmp_path: Path) -> None:
    make, importer = DEEPER[kind]
    make(tmp_path / above)
    write(tmp_path / "about this.txt", "x")
    put(tmp_path, "__MACOSX/x/._1.png")
    dataset = open_dataset(tmp_path)
    assert (dataset.importer, dataset.root) == (importer, tmp_path / above)
    assert len(dataset.class_names) == 2
    assert dataset.read(0).ndim == 3
    again = open_dataset(tmp_path, importer)
    assert (again.root, again.paths, again.class_names) == (dataset.root, dataset.paths, dataset.class_names)


def test_a_folder_that_says_more_than_what_it_holds_is_not_stepped_through(tmp_path: Path) -> None:
    classes(tmp_path / "train")
    assert set(given(open_dataset(tmp_path)).values()) == {TRAIN}
    table(tmp_path / "labelled")
    assert open_dataset(tmp_path / "labelled").importer == "table"
    (tmp_path / "round/round").mkdir(parents=True)
    (tmp_path / "round/round/up").symlink_to(tmp_path / "round", target_is_directory=True)
    with pytest.raises(UserError, match="holds no images"):
        open_dataset(tmp_path / "round")


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("training_set/training_set", "test_set/test_set"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("train_images", "test-images"),
        ("train/train", "test/test"),
        ("Train/Training", "Test"),
    ],
)
def test_splits_under_other_words(train: str, test: str, tmp_path: Path) -> None:
    classes(tmp_path / train, "cats", "dogs")
    classes(tmp_path / test, "cats", "dogs", "cows")
    classes(tmp_path / "seg_pred", "1", each=1)
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("cats", "cows", "dogs")
    assert given(dataset)[f"{train}/cats/0.png"] == TRAIN
    assert given(dataset)[f"{test}/cows/1.png"] == TEST
    assert [s.path for s in dataset.skipped] == ["seg_pred"]


def test_classes_whose_names_speak_of_splits_stay_classes(tmp_path: Path) -> None:
    put(tmp_path, "steam train/1.png", "steam train/old/2.png", "test tube/1.png", "test tube/glass/2.png")
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("steam train", "test tube")
    assert dataset.given_splits is None


def test_labels_made_up_for_a_submission_are_no_labels(tmp_path: Path) -> None:
    put(tmp_path, *(f"train/{'cat' if i % 2 else 'dog'}.{i}.jpg" for i in range(12)))
    put(tmp_path, *(f"test1/{i}.jpg" for i in range(1, 9)))
    write(tmp_path / "sampleSubmission.csv", "id,label\n" + "".join(f"{i},0\n" for i in range(1, 9)))
    dataset = open_dataset(tmp_path)
    assert (dataset.importer, dataset.class_names, len(dataset)) == ("file_names", ("cat", "dog"), 12)


def test_what_the_finder_packs_beside_is_not_seen(tmp_path: Path) -> None:
    classes(tmp_path)
    write(tmp_path / "__MACOSX/cats/._0.png", "x")
    write(tmp_path / "cats/._0.png", "x")
    dataset = open_dataset(tmp_path)
    assert (len(dataset), dataset.warnings, dataset.skipped) == (4, (), ())


def test_a_link_to_itself_is_said_in_words(tmp_path: Path) -> None:
    classes(tmp_path)
    (tmp_path / "cats/round.png").symlink_to("round.png")
    assert [s.why for s in open_dataset(tmp_path).skipped] == ["is a link that leads in a circle"]


def files(*names: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        for name in names:
            write(root / name, "x")

    return make


def beside(root: Path) -> None:
    put(root, "IMG_1.jpg", "IMG_2.jpg", "work/icon.png")


def parts(root: Path) -> None:
    classes(root / "images")
    write(root / "parts/parts.txt", "x")


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "an archive": (
        files("pets.zip", "notes.txt"),
        "holds no images, but a packed archive, “pets.zip”. Choose the archive itself, or unpack it.",
    ),
    "archives": (
        files("b.tar.gz", "a.7z"),
        "holds no images, but 2 packed archives, the first is “a.7z”. Choose the archive itself, or unpack it.",
    ),
    "other pictures": (
        files("a/1.HEIC", "a/2.heic", "b/3.heic", "b/film.mov"),
        "holds no images that are read: 3 pictures end in .heic. Save such pictures as JPEG or PNG.",
    ),
    "another picture": (
        files("a/1.avif"),
        "holds no images that are read: one picture ends in .avif. Save such pictures as JPEG or PNG.",
    ),
    "photographs and one folder": (
        beside,
        "holds 2 images beside its only class, “work”. "
        "Put the images of each class in a folder of their own, named after the class.",
    ),
    "one folder too high, with others beside": (
        parts,
        "holds only one class, “images”. Choose the folder “images” inside it, or choose another folder.",
    ),
    "nothing to see": (
        files("setup.exe", "bill.pdf", "work/main.py"),
        "holds no images. Choose a folder that holds a folder of images for each class.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_folders_that_are_no_datasets_say_what_they_hold(case: str, tmp_path: Path) -> None:
    make, sentence = BAD[case]
    make(tmp_path)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path)
    assert str(caught.value) == f"{tmp_path}: {sentence}"


@pytest.mark.parametrize("secret", ["train", "labels.csv"])
def test_what_may_not_be_read_is_named(secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(tmp_path)
    if secret == "train":
        real = os.scandir

        def scandir(path: str) -> object:
            if os.fspath(path).endswith(secret):
                raise PermissionError(13, "Permission denied", path)
            return real(path)

        monkeypatch.setattr(os, "scandir", scandir)
        (tmp_path / "labels.csv").unlink()
    else:
        monkeypatch.setattr("guiapp.data.importers.table_likeness.head_of", lambda _path: "")
        monkeypatch.setattr(os, "access", lambda path, _mode: not os.fspath(path).endswith(secret))
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path)
    sentence = "may not be opened: permission is denied. Change its permissions, or choose another folder."
    assert str(caught.value) == f"{tmp_path / secret}: {sentence}"
