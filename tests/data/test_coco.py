"""COCO annotations: one label an image, boxes, splits, and every way to be wrong, in exact words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from guiapp.core.notify import Cancelled, UserError
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset
from guiapp.data.importers import coco_reading
from guiapp.data.importers.coco import CocoOptions
from guiapp.data.importers.labelled import MOST_TOLD
from guiapp.data.opening import open_dataset


def put(root: Path, *names: str) -> None:
    for i, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (i * 20 % 256, 40, 90)).save(path)


def said(**changed: Any) -> dict[str, Any]:
    """Four images of two categories; the last has two annotations of one."""
    boxes = [[1, 2, 10.5, 20], [0, 0, 40, 30], [5, 6, 7, 8], [1, 1, 2, 2], [3, 3, 2, 2]]
    whole: dict[str, Any] = {
        "info": {"year": 2017, "deep": [[[]]]},
        "images": [{"id": i, "file_name": f"{i}.png", "width": 40, "height": 30} for i in range(4)],
        "annotations": [
            {"id": i, "image_id": image, "category_id": category, "bbox": boxes[i], "segmentation": [[1, 2, 3]]}
            for i, (image, category) in enumerate([(0, 1), (1, 2), (2, 1), (3, 2), (3, 2)])
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "fish"}],
    }
    return {key: value for key, value in (whole | changed).items() if value is not None}


def with_file(root: Path, whole: object, name: str = "labels.json") -> None:
    put(root, *(f"images/{i}.png" for i in range(4)))
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(whole if isinstance(whole, bytes) else json.dumps(whole).encode())


def by_path(dataset: Dataset) -> dict[str, str]:
    return {path: dataset.class_names[label] for path, label in zip(dataset.paths, dataset.labels, strict=True)}


FOUR = {"images/0.png": "cat", "images/1.png": "dog", "images/2.png": "cat", "images/3.png": "dog"}


@pytest.mark.parametrize("name", ["labels.json", "annotations/instances_all.json"])
def test_images_with_annotations(name: str, tmp_path: Path) -> None:
    with_file(tmp_path, said(), name)
    for path in (tmp_path, tmp_path / name):
        dataset = open_dataset(path)
        assert dataset.importer == "coco"
        assert by_path(dataset) == FOUR
        assert dataset.options == CocoOptions(file=name, folder="images", crop=False)
        assert dataset.choices == {"file": (name,), "folder": (".", "images", "any")}
        assert (dataset.warnings, dataset.skipped, dataset.given_splits, dataset.boxes) == ((), (), None, None)
        assert dataset.read(0).shape == (30, 40, 3)
        assert dataset.options is not None
        assert by_path(open_dataset(path, options=dataset.options.model_dump())) == FOUR


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + json.dumps(said()).encode(),
        json.dumps(said(), indent=1).replace("\n", "\r\n").encode(),
        json.dumps(dict(reversed(said().items()))).encode(),
        json.dumps(said()).replace('"id": 3', '"id": "three"').replace('_id": 3', '_id": "three"').encode(),
    ],
)
def test_json_of_every_shape(data: bytes, tmp_path: Path) -> None:
    with_file(tmp_path, data)
    assert by_path(open_dataset(tmp_path)) == FOUR


def test_file_names_with_folders(tmp_path: Path) -> None:
    names = ["images/0.png", "./images/1.png", "images\\2.png", f"{tmp_path}/images/3.png"]
    with_file(tmp_path, said(images=[{"id": i, "file_name": name} for i, name in enumerate(names)]))
    assert by_path(open_dataset(tmp_path, "coco")) == FOUR


def test_the_crop_to_a_box(tmp_path: Path) -> None:
    with_file(tmp_path, said())
    dataset = open_dataset(tmp_path, options={"crop": True})
    assert dataset.boxes is not None
    assert dataset.boxes.dtype == np.int32
    # The last image has two boxes and stays whole.
    assert dataset.boxes.tolist() == [[1, 2, 12, 22], [0, 0, 40, 30], [5, 6, 12, 14], [0, 0, 0, 0]]
    assert [dataset.read(i).shape[:2] for i in range(4)] == [(20, 11), (30, 40), (8, 7), (30, 40)]
    assert dataset.fingerprint() != open_dataset(tmp_path).fingerprint()


def test_a_box_outside_its_image_is_no_box(tmp_path: Path) -> None:
    annotations = said()["annotations"]
    annotations[0]["bbox"] = [1000, 1000, 5, 5]
    annotations[1]["bbox"] = [-5, -5, 15, 15]
    with_file(tmp_path, said(annotations=annotations))
    dataset = open_dataset(tmp_path, options={"crop": True})
    assert [dataset.read(i).shape[:2] for i in range(2)] == [(30, 40), (10, 10)]


def test_the_splits_of_coco(tmp_path: Path) -> None:
    for split in ("train2017", "val2017"):
        images = [{"id": i, "file_name": f"{i:012}.png"} for i in range(2)]
        put(tmp_path, *(f"{split}/{image['file_name']}" for image in images))
        labels = [{"image_id": i, "category_id": 1 + i} for i in range(2)]
        for kind in ("instances", "person_keypoints"):
            whole = said(images=images, annotations=labels)
            path = tmp_path / f"annotations/{kind}_{split}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(whole))
    (tmp_path / "annotations/captions_train2017.json").write_text('{"images": [], "annotations": []}')
    dataset = open_dataset(tmp_path)
    assert by_path(dataset) == {
        f"{split}/{i:012}.png": "dog" if i else "cat" for split in ("train2017", "val2017") for i in range(2)
    }
    assert dataset.given_splits is not None
    assert dataset.given_splits.tolist() == [TRAIN, TRAIN, VALIDATION, VALIDATION]
    assert dataset.options == CocoOptions(file="one for each split", folder="", crop=False)
    assert dataset.choices["file"][0] == "one for each split"
    alone = open_dataset(tmp_path / "annotations/instances_val2017.json")
    assert (alone.root, len(alone), alone.given_splits) == (tmp_path, 2, None)


def test_a_file_in_the_folder_of_each_split(tmp_path: Path) -> None:
    for split in ("train", "valid", "test"):
        put(tmp_path, *(f"{split}/{split}{i}.png" for i in range(2)))
        images = [{"id": i, "file_name": f"{split}{i}.png"} for i in range(2)]
        labels = [{"image_id": i, "category_id": 1 + i} for i in range(2)]
        (tmp_path / split / "_annotations.coco.json").write_text(json.dumps(said(images=images, annotations=labels)))
    dataset = open_dataset(tmp_path)
    assert (dataset.importer, dataset.class_names) == ("coco", ("cat", "dog"))
    assert dataset.given_splits is not None
    by_split = dict(zip(dataset.paths, dataset.given_splits.tolist(), strict=True))
    assert by_split == {
        f"{folder}/{folder}{i}.png": split
        for folder, split in (("train", TRAIN), ("valid", VALIDATION), ("test", TEST))
        for i in range(2)
    }


def test_folders_of_classes_with_other_json_stay_what_they_are(tmp_path: Path) -> None:
    put(tmp_path, *(f"{kind}/{i}.png" for kind in ("cats", "dogs") for i in (1, 2)))
    (tmp_path / "settings.json").write_text('{"images": 4, "categories": ["cats", "dogs"]}')
    (tmp_path / "x.json").mkdir()
    assert open_dataset(tmp_path).importer == "class_folders"


TOLD: dict[str, tuple[dict[str, Any], tuple[str, ...], set[str]]] = {
    "several categories": (
        {"annotations": [*said()["annotations"], {"image_id": 3, "category_id": 1}]},
        ("An image has annotations of several categories and is left out: “images/3.png”.",),
        {"images/3.png"},
    ),
    "several categories, twice": (
        {"annotations": [*said()["annotations"], *({"image_id": i, "category_id": 2 - i} for i in (1, 0))]},
        ("2 images have annotations of several categories and are left out; the first is “images/0.png”.",),
        {"images/0.png", "images/1.png"},
    ),
    "an image that is not listed": (
        {"annotations": [*said()["annotations"], {"image_id": 9, "category_id": 1}]},
        ("There are annotations for an image that is not listed, with the id 9.",),
        set(),
    ),
    "a category that is not listed": (
        {"annotations": [*said()["annotations"][:3], {"image_id": 3, "category_id": 9}]},
        ("An image has a category that is not listed, with the id 9.",),
        {"images/3.png"},
    ),
    "a file that is not there": (
        {"images": [*said()["images"], {"id": 9, "file_name": "9.png"}]},
        ("An image in the annotations is not there: “9.png”.",),
        set(),
    ),
    "files that lie outside": (
        {"images": [*said()["images"], {"id": 9, "file_name": "../../9.png"}, {"id": 8, "file_name": "/etc/9.png"}]},
        ("2 images in the annotations lie outside the folder and are left out; the first is “../../9.png”.",),
        set(),
    ),
    "the same twice": (
        {
            "images": [*said()["images"], {"id": 9, "file_name": "3.png"}],
            "annotations": [*said()["annotations"], {"image_id": 9, "category_id": 2}],
        },
        ("An image is in the annotations a second time and stays where it was first: “images/3.png”.",),
        set(),
    ),
    "an image without annotation": ({"annotations": said()["annotations"][:3]}, (), {"images/3.png"}),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_is_of_no_use_is_told(case: str, tmp_path: Path) -> None:
    changed, sentences, without = TOLD[case]
    with_file(tmp_path, said(**changed))
    dataset = open_dataset(tmp_path)
    assert dataset.importer == "coco"
    assert tuple(w for w in dataset.warnings if "only one image" not in w) == sentences
    assert by_path(dataset) == {path: label for path, label in FOUR.items() if path not in without}
    assert {s.path for s in dataset.skipped} == without


def test_many_images_of_several_categories_are_told_of_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    count = MOST_TOLD + 5
    for i in range(count):
        (tmp_path / f"images/{i}.png").touch()
    images = [{"id": i, "file_name": f"{i}.png"} for i in range(count)]
    labels = [{"image_id": i, "category_id": c} for i in range(count) for c in ((1, 2) if i > 3 else (1 + i % 2,))]
    (tmp_path / "a.json").write_text(json.dumps(said(images=images, annotations=labels)))
    dataset = open_dataset(tmp_path)
    assert len(dataset) == 4
    assert len(dataset.skipped) == MOST_TOLD
    assert dataset.warnings == (
        "101 images have annotations of several categories and are left out; the first 100 of them are listed.",
    )


def changed_first(which: str, /, **fields: Any) -> dict[str, Any]:
    """The annotations with the first element of a list changed."""
    elements = said()[which]
    elements[0] = {key: value for key, value in (elements[0] | fields).items() if value is not None}
    return said(**{which: elements})


BEGIN = "is no file of annotations: it does not begin with {"
CUT = json.dumps(said(), indent=1)[:300].encode()
AGAIN = "Export the annotations again."
BAD: dict[str, tuple[object, dict[str, Any], str]] = {
    "empty": (b"", {}, f"/labels.json: the file is empty. {AGAIN}"),
    "no JSON": (b"id,label\n", {}, f"/labels.json: {BEGIN}. {AGAIN}"),
    "a list": (b"[]", {}, f"/labels.json: {BEGIN}. {AGAIN}"),
    "cut": (
        json.dumps(said(), indent=1).encode()[:300],
        {},
        f"/labels.json: line 27 is not as JSON should be. {AGAIN}",
    ),
    "a name that is none": (b"{[]: 1}", {}, f"/labels.json: is not as JSON should be: a name is missing. {AGAIN}"),
    "no colon": (b'{"images" 1}', {}, f"/labels.json: is not as JSON should be: a “:” is missing. {AGAIN}"),
    "no comma": (b'{"info": 1 "images": []}', {}, f"/labels.json: line 1 is not as JSON should be. {AGAIN}"),
    "too deep": (b'{"info": ' + b"[" * 200_000, {}, f"/labels.json: is not as JSON should be. {AGAIN}"),
    "a number without end": (
        b'{"info": ' + b"9" * 10_000 + b"}",
        {},
        f"/labels.json: is not as JSON should be. {AGAIN}",
    ),
    "a line without end": (
        b"x" * 30_000_000,
        {},
        f"/labels.json: {BEGIN}. {AGAIN}",
    ),
    "not UTF-8": (b'{"images": "\xe9"}', {}, f"/labels.json: is not UTF-8, as JSON must be. {AGAIN}"),
    "NUL": (b'{"images"\0: []}', {}, f"/labels.json: is not as JSON should be: a “:” is missing. {AGAIN}"),
    "no images": (said(images=None), {}, f"/labels.json: holds no “images”. {AGAIN}"),
    "no annotations": (said(annotations=None), {}, f"/labels.json: holds no “annotations”. {AGAIN}"),
    "no categories": (said(categories=None), {}, f"/labels.json: holds no “categories”. {AGAIN}"),
    "images that are no list": (said(images={}), {}, f"/labels.json: “images” is not a list. {AGAIN}"),
    "lists twice": (b'{"images": [], "images": []}', {}, f"/labels.json: holds “images” twice. {AGAIN}"),
    "an image that is a number": (
        said(images=[4]),
        {},
        f"/labels.json: image number 1 is not an object with fields. {AGAIN}",
    ),
    "an image without id": (
        changed_first("images", id=None),
        {},
        f"/labels.json: image number 1 has no “id”. {AGAIN}",
    ),
    "an image without a name": (
        changed_first("images", file_name=None),
        {},
        f"/labels.json: image number 1 has no “file_name”. {AGAIN}",
    ),
    "a name that is a number": (
        changed_first("images", file_name=4),
        {},
        f"/labels.json: “file_name” of image number 1 is not a text that can be shown. {AGAIN}",
    ),
    "a name with half a letter": (
        changed_first("images", file_name="\udce9.png"),
        {},
        f"/labels.json: “file_name” of image number 1 is not a text that can be shown. {AGAIN}",
    ),
    "an id that is a list": (
        changed_first("images", id=[1]),
        {},
        f"/labels.json: “id” of image number 1 is neither a whole number nor a text. {AGAIN}",
    ),
    "an id that is true": (
        changed_first("annotations", image_id=True),
        {},
        f"/labels.json: “image_id” of annotation number 1 is neither a whole number nor a text. {AGAIN}",
    ),
    "an annotation without category": (
        changed_first("annotations", category_id=None),
        {},
        f"/labels.json: annotation number 1 has no “category_id”. {AGAIN}",
    ),
    "a category without a name": (
        changed_first("categories", name=""),
        {},
        f"/labels.json: “name” of category number 1 is not a text that can be shown. {AGAIN}",
    ),
    "one id for two": (
        changed_first("images", id=1),
        {},
        f"/labels.json: image number 2 has the id 1, which another one has too. {AGAIN}",
    ),
    "a box of three": (
        changed_first("annotations", bbox=[1, 2, 3]),
        {"crop": True},
        f"/labels.json: “bbox” of annotation number 1 is not four numbers. {AGAIN}",
    ),
    "a box of words": (
        changed_first("annotations", bbox=["1", 2, 3, 4]),
        {"crop": True},
        f"/labels.json: “bbox” of annotation number 1 is not four numbers. {AGAIN}",
    ),
    "a box of nothing": (
        changed_first("annotations", bbox=[1, 2, float("nan"), 4]),
        {"crop": True},
        f"/labels.json: “bbox” of annotation number 1 has sizes that no image has. {AGAIN}",
    ),
    "a box turned round": (
        changed_first("annotations", bbox=[1, 2, -3, 4]),
        {"crop": True},
        f"/labels.json: “bbox” of annotation number 1 has sizes that no image has. {AGAIN}",
    ),
    "two labels": (
        said(
            images=[*said()["images"], {"id": 9, "file_name": "./0.png"}],
            annotations=[*said()["annotations"], {"image_id": 9, "category_id": 2}],
        ),
        {},
        "/labels.json: “images/0.png” is of the category “dog”, but elsewhere of “cat”. "
        "Keep one category for each image.",
    ),
    "one label": (
        said(annotations=[{"image_id": i, "category_id": 1} for i in range(4)]),
        {},
        "/labels.json: has only one label, “cat”. Choose annotations of at least two categories.",
    ),
    "several categories everywhere": (
        said(annotations=[{"image_id": i, "category_id": c} for i in range(4) for c in (1, 2)]),
        {},
        "/labels.json: every image has annotations of several categories; the first is “images/0.png”. "
        "Choose annotations with one category an image.",
    ),
    "images elsewhere": (
        said(images=[{"id": i, "file_name": f"x{i}.png"} for i in range(4)]),
        {},
        "/labels.json: none of its images is there; the first is “x0.png”. "
        "Choose the folder that holds the images and the annotations.",
    ),
    "images outside": (
        said(images=[{"id": i, "file_name": f"/x/{i}.png"} for i in range(4)]),
        {},
        "/labels.json: its images lie outside the folder; the first is “/x/0.png”. "
        "Choose a folder that holds the images and the annotations.",
    ),
    "no annotation": (
        said(annotations=[]),
        {},
        "/labels.json: no image has an annotation. Choose the annotations again.",
    ),
    "no such file": (
        said(),
        {"file": "x.json"},
        ": holds no file of annotations “x.json”. Choose the annotations again.",
    ),
    "a file above": (
        said(),
        {"file": "../x.json"},
        ": the file of annotations “../x.json” lies outside the folder. Choose a file of annotations inside it.",
    ),
    "a folder": (said(), {"file": "images"}, "/images: is a folder, not a file of annotations. Choose a file."),
    "no splits": (
        said(),
        {"file": "one for each split"},
        ": holds no annotations for the splits. Name them after train, val and test, or choose one.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_annotations_are_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    whole, options, sentence = BAD[case]
    with_file(tmp_path, whole)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "coco", options={"file": "labels.json"} | options)
    assert str(caught.value) == f"{tmp_path}{sentence}"


def test_places_without_annotations(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "coco")
    assert str(caught.value) == (f"{tmp_path}: holds no images. Choose the folder that holds images and annotations.")
    put(tmp_path, "1.png")
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "coco")
    assert str(caught.value) == (
        f"{tmp_path}: holds no COCO annotations. Put the JSON file of the annotations beside the images."
    )


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_file(tmp_path, said())
    monkeypatch.setattr(coco_reading, "MOST_BYTES", 500)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/labels.json: is too large: at most 0 MB are read. "
        "Export the annotations without outlines, or in parts."
    )


def test_progress_and_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_file(tmp_path, said())
    monkeypatch.setattr(coco_reading, "_EVERY", 3)
    seen: list[tuple[str, int, int]] = []
    open_dataset(tmp_path, progress=lambda *what: seen.append(what))
    assert seen[-1] == ("Reading the annotations", 12, 0)
    with pytest.raises(Cancelled):
        open_dataset(tmp_path, cancel=lambda: any(text == "Reading the annotations" for text, *_ in seen))


def test_images_that_vanish_are_told_of_when_they_are_read(tmp_path: Path) -> None:
    with_file(tmp_path, said())
    dataset = open_dataset(tmp_path)
    (tmp_path / "images/0.png").unlink()
    with pytest.raises(UserError, match="there is no such file or folder"):
        dataset.read_fitted(0, 4, 3, 3)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 5), st.floats(), st.sampled_from(["0.png", "cat", ""])),
    lambda inside: st.one_of(
        st.lists(inside, max_size=4),
        st.dictionaries(
            st.sampled_from(["id", "image_id", "category_id", "file_name", "name", "bbox", "images"]),
            inside,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["images", "annotations", "categories"]), st.lists(VALUES, max_size=3), st.integers(0, 900))
def test_any_values_are_a_dataset_or_a_sentence(tmp_path: Path, name: str, values: list[Any], cut: int) -> None:
    text = json.dumps(said(**{name: said()[name] + values}))
    with_file(tmp_path, text.encode()[: len(text) - (cut if cut > 600 else 0)])
    try:
        dataset = open_dataset(tmp_path, "coco", options={"file": "labels.json", "crop": True})
    except UserError as exc:
        assert exc.where and exc.mend
    else:
        assert len(dataset) >= 2
        assert all(dataset.read(i).size for i in range(len(dataset)))
