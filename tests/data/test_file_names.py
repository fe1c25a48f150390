"""Images named after their class: every form of name, the pets' lists and boxes, and every way to be wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from guiapp.core.notify import Cancelled, UserError
from guiapp.data.dataset import TEST, TRAIN, Dataset
from guiapp.data.importers import pets
from guiapp.data.importers.file_names import FileNames, class_in
from guiapp.data.importers.pets import read_box
from guiapp.data.opening import open_dataset

BREEDS = ("Abyssinian", "Samoyed", "shiba_inu")
MEND = "Name the images after their class and a number, as in cat_12.jpg."


def put(root: Path, *names: str, size: tuple[int, int] = (9, 8)) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (200, 40, 90)).save(path)
    return root


def classes_of(dataset: Dataset) -> dict[str, str]:
    return {path: dataset.class_names[label] for path, label in zip(dataset.paths, dataset.labels, strict=True)}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Samoyed_12.jpg", "Samoyed"),
        ("shiba_inu_101.jpg", "shiba_inu"),
        ("cat.0.jpg", "cat"),
        ("cat-12.png", "cat"),
        ("cat (3).jpg", "cat"),
        ("cat(3).jpg", "cat"),
        ("red panda 7.webp", "red panda"),
        ("type_2_diabetes_0044.png", "type_2_diabetes"),
        ("7_12.png", "7"),
        ("köter_1.JPG", "köter"),
        ("cat.jpg", None),
        ("cat12.jpg", None),
        ("12.jpg", None),
        ("_12.jpg", None),
        ("cat_12_b.jpg", None),
        ("(3).jpg", None),
    ],
)
def test_the_class_is_all_before_the_last_number(name: str, found: str | None) -> None:
    assert class_in(name) == found


def test_a_flat_folder(tmp_path: Path) -> None:
    put(tmp_path, *(f"{name}.{i}.jpg" for name in ("dog", "cat") for i in range(3)), "odd.jpg", "._cat.7.jpg")
    (tmp_path / "readme.txt").write_text("x")
    (tmp_path / "cat.9.heic").write_text("x")
    dataset = open_dataset(tmp_path)
    assert dataset.importer == "file_names"
    assert dataset.class_names == ("cat", "dog")
    assert classes_of(dataset)["dog.2.jpg"] == "dog"
    assert len(dataset) == 6
    assert dataset.given_splits is None
    assert dataset.choices == {}
    assert [(s.path, s.why) for s in dataset.skipped] == [
        ("cat.9.heic", "is not a kind of image that is read"),
        ("odd.jpg", "its name does not end in a number, so that its class is unknown"),
    ]


def test_flat_folders_of_splits(tmp_path: Path) -> None:
    put(tmp_path, *(f"train/{n}_{i}.png" for n in ("a", "b") for i in range(3)), "test/a_9.png", "test/a_8.png")
    put(tmp_path, "test/b_8.png", "test/b_7.png")
    dataset = open_dataset(tmp_path)
    assert dataset.importer == "file_names"
    assert dataset.given_splits is not None
    got = dict(zip(dataset.paths, dataset.given_splits.tolist(), strict=True))
    assert got["train/b_2.png"] == TRAIN
    assert got["test/a_9.png"] == TEST


def test_a_test_folder_without_classes_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, *(f"train/{n}.{i}.jpg" for n in ("cat", "dog") for i in range(3)), "test/1.jpg", "test/2.jpg")
    dataset = open_dataset(tmp_path)
    assert dataset.importer == "file_names"
    assert len(dataset) == 6
    assert dataset.given_splits is None


@pytest.mark.parametrize(
    "names",
    [
        ["a/x_1.png", "a/x_2.png", "b/y_1.png", "b/y_2.png"],  # a folder a class
        ["IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg"],  # one class
        ["IMG_20210101_1.jpg", "IMG_20210102_2.jpg", "IMG_20210103_3.jpg"],  # as many as images
        ["1.png", "2.png", "3.png", "4.png"],  # a list of labels lies elsewhere
        ["cat_1.png", "cat_2.png", "dog_1.png", "dog_2.png", "p.png", "q.png", "r.png"],  # most have no number
    ],
)
def test_what_looks_otherwise_is_left_to_others(tmp_path: Path, names: list[str]) -> None:
    put(tmp_path, *names)
    assert FileNames().looks_like(tmp_path) < 0.5


def test_folders_beside_images_look_like_classes(tmp_path: Path) -> None:
    put(tmp_path, "cat_1.png", "cat_2.png", "dog_1.png", "dog_2.png", "more/cat_3.png")
    assert FileNames().looks_like(tmp_path) < 0.5
    dataset = open_dataset(tmp_path, "file_names")
    assert len(dataset) == 4
    assert [(s.path, s.why) for s in dataset.skipped] == [("more", "is a folder beside the images")]


@pytest.fixture
def oxford(tmp_path: Path) -> Path:
    put(tmp_path, *(f"images/{name}_{number}.jpg" for name in BREEDS for number in (1, 2, 30)))
    put(tmp_path, "images/._shiba_inu_1.jpg")
    (tmp_path / "images/Abyssinian_1.mat").write_bytes(b"MATLAB")
    lists = tmp_path / "annotations"
    (lists / "xmls").mkdir(parents=True)
    (lists / "README").write_text("x")
    (lists / "trainval.txt").write_text(
        "#Image CLASS-ID SPECIES BREED ID\nAbyssinian_1 1 1 1\nSamoyed_1 2 2 1\nshiba_inu_1 3 2 2\n"
    )
    (lists / "test.txt").write_bytes(
        b"\xef\xbb\xbfAbyssinian_2 1 1 1\r\nSamoyed_2 2 2 1\r\n\r\nshiba_inu_2 3 2 2\r\nshiba_inu_77 3 2 2\r\n"
    )
    box(tmp_path, "Samoyed_1", (2, 3, 5, 6))
    box(tmp_path, "shiba_inu_1", (4, 1, 90, 4))
    return tmp_path


def xml(*boxes: tuple[object, ...], size: tuple[int, int] = (9, 8), head: str = "") -> str:
    objects = "".join(
        f"<object><name>cat</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox>"
        "<difficult>0</difficult></object>"
        for a, b, c, d in boxes
    )
    shape = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>"
    return f"{head}<annotation><folder>OXIIIT</folder>{shape}{objects}</annotation>"


def box(root: Path, name: str, *boxes: tuple[object, ...], head: str = "") -> None:
    (root / "annotations/xmls" / f"{name}.xml").write_text(xml(*boxes, head=head))


def test_the_pets_with_their_lists(oxford: Path) -> None:
    for root, prefix in ((oxford, "images/"), (oxford / "images", "")):
        dataset = open_dataset(root)
        assert dataset.importer == "file_names"
        assert dataset.class_names == BREEDS
        assert dataset.given_splits is not None
        splits = dict(zip(dataset.paths, dataset.given_splits.tolist(), strict=True))
        assert {path: split for path, split in splits.items() if split == TEST} == {
            f"{prefix}{name}_2.jpg": TEST for name in BREEDS
        }
        assert dataset.warnings == ("3 images are in no list of images, and are used to train.",)
        assert [(s.path, s.why) for s in dataset.skipped] == [("shiba_inu_77", "is in test.txt, but is not there")]
        assert dataset.choices == {"classes": ("breeds", "cats and dogs")}
        assert dataset.options is not None
        assert dataset.options.model_dump() == {"classes": "breeds", "crop": False}
        assert dataset.boxes is None


def test_cats_and_dogs(oxford: Path) -> None:
    dataset = open_dataset(oxford, options={"classes": "cats and dogs"})
    assert dataset.class_names == ("cat", "dog")
    # The list says of Samoyeds what their capital letter does not.
    assert {path.split("/")[1][0]: name for path, name in classes_of(dataset).items()} == {
        "A": "cat", "S": "dog", "s": "dog"
    }  # fmt: skip


def test_breeds_are_known_without_lists(tmp_path: Path) -> None:
    put(tmp_path, *(f"{name}_{i}.jpg" for name in ("Bengal", "pug", "Sphynx", "some_new_dog") for i in (1, 2)))
    dataset = open_dataset(tmp_path, options={"classes": "cats and dogs"})
    assert set(classes_of(dataset).items()) >= {("some_new_dog_1.jpg", "dog"), ("Bengal_2.jpg", "cat")}


@pytest.mark.parametrize("wanted", ["cats and dogs", "colours"])
def test_elsewhere_small_letters_mean_nothing(tmp_path: Path, wanted: str) -> None:
    put(tmp_path, *(f"{name}_{i}.jpg" for name in ("Rose", "tulip") for i in (1, 2)))
    assert open_dataset(tmp_path).choices == {}
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, options={"classes": wanted})
    assert str(caught.value) == f"{tmp_path}: its classes cannot be “{wanted}”. Choose “breeds”."


def test_crop_to_the_box(oxford: Path) -> None:
    dataset = open_dataset(oxford, options={"crop": True})
    assert dataset.boxes is not None
    at = dataset.row_of
    assert dataset.boxes[at["images/Samoyed_1.jpg"]].tolist() == [1, 2, 5, 6]
    assert dataset.boxes[at["images/shiba_inu_1.jpg"]].tolist() == [3, 0, 9, 4]
    assert dataset.read(at["images/Samoyed_1.jpg"]).shape == (4, 4, 3)
    assert dataset.read(at["images/Samoyed_2.jpg"]).shape == (8, 9, 3)
    assert dataset.warnings[1] == "7 images have no box that can be used, and are used whole."
    assert dataset.options is not None
    assert dataset.options.model_dump() == {"classes": "breeds", "crop": True}
    assert dataset.fingerprint() != open_dataset(oxford).fingerprint()


def test_no_boxes_at_all(tmp_path: Path) -> None:
    put(tmp_path, *(f"{name}_{i}.jpg" for name in ("cat", "dog") for i in (1, 2)))
    dataset = open_dataset(tmp_path, options={"crop": True})
    assert dataset.boxes is None
    assert dataset.warnings == ("There is no folder “annotations/xmls” with boxes, so that the images are used whole.",)


BOXES: dict[str, tuple[str, tuple[int, int, int, int] | None]] = {
    "the largest": (xml((1, 1, 2, 2), (3, 3, 8, 8), (1, 1, 3, 3)), (2, 2, 8, 8)),
    "fractions": (xml(("1.6", "1.2", "5.5", "6.4")), (1, 0, 6, 6)),
    "reaching out": (xml((-5, -5, 99, 99)), (0, 0, 9, 8)),
    "outside": (xml((20, 20, 30, 30)), None),
    "turned around": (xml((8, 8, 2, 2)), None),
    "one pixel": (xml((4, 4, 4, 4)), (3, 3, 4, 4)),
    "no numbers": (xml(("a", 2, 3, 4)), None),
    "not a number": (xml(("nan", 2, 3, 4)), None),
    "without end": (xml((1, 1, "inf", 4)), None),
    "none": (xml(), None),
    "cut": (xml((1, 2, 3, 4))[:-30], None),
    "empty": ("", None),
    "no size": (xml((2, 2, 5, 5)).replace("width", "w").replace("height", "h"), (1, 1, 5, 5)),
    "a comment": (xml((2, 2, 5, 5)).replace("<object>", "<!-- x --><object>"), (1, 1, 5, 5)),
}


@pytest.mark.parametrize("case", BOXES)
def test_boxes(case: str) -> None:
    text, found = BOXES[case]
    assert read_box(text.encode()) == found


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "head",
    [
        LAUGHS,
        '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "/etc/hostname">]>',
    ],
)
def test_documents_that_define_something_are_refused(oxford: Path, head: str) -> None:
    box(oxford, "Samoyed_2", ("&x;", 2, 3, 4), head=head)
    with pytest.raises(UserError) as caught:
        open_dataset(oxford, options={"crop": True})
    assert str(caught.value) == (
        f"{oxford / 'annotations/xmls/Samoyed_2.xml'}: defines a document type, which annotations have no need of and "
        "which is not read. Remove the <!DOCTYPE …> from it."
    )


def test_a_huge_annotation_is_not_read(oxford: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pets, "_MOST_XML", 2000)
    box(oxford, "Samoyed_1", *[(1, 1, 5, 5)] * 50)
    dataset = open_dataset(oxford, options={"crop": True})
    assert dataset.boxes is not None
    assert not dataset.boxes[dataset.row_of["images/Samoyed_1.jpg"]].any()


def named_in_two_lists(root: Path) -> None:
    with open(root / "annotations/test.txt", "a") as file:
        file.write("Samoyed_1 2 2 1\n")


def full_list(root: Path) -> None:
    (root / "annotations/trainval.txt").write_text("".join(f"{n}_{i} 1 2 1\n" for n in BREEDS for i in (1, 30)))


def one_unlisted(root: Path) -> None:
    full_list(root)
    put(root, "images/Samoyed_9.jpg")


def no_lists(root: Path) -> None:
    for path in (root / "annotations").glob("*.txt"):
        path.unlink()


def odd_bytes(root: Path) -> None:
    full_list(root)
    (root / "annotations/val.txt").write_bytes(b"\xff\xfe\0\0x 1\n")


LISTS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "two lists": (
        named_in_two_lists,
        (
            "One image is in two lists, of which the first counts.",
            "3 images are in no list of images, and are used to train.",
        ),
    ),
    "all listed": (full_list, ()),
    "one unlisted": (one_unlisted, ("One image is in no list of images, and is used to train.",)),
    "no lists": (no_lists, ()),
    "bytes": (odd_bytes, ()),
}


@pytest.mark.parametrize("case", LISTS)
def test_lists(case: str, oxford: Path) -> None:
    act, warnings = LISTS[case]
    act(oxford)
    assert open_dataset(oxford).warnings == warnings


def nothing(root: Path) -> None:
    pass


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (nothing, f"the folder is empty. {MEND}"),
    "no images": (lambda root: (root / "a.txt").write_text("x"), f"holds no images. {MEND}"),
    "no numbers": (lambda root: put(root, "a.png", "b.png"),
                   f"none of its 2 images is named after a class and a number; the first is a.png. {MEND}"),
    "one class": (lambda root: put(root, "cat_1.png", "cat_2.png"),
                  "holds only one class, “cat”. Add a folder of images for a second class, or choose another folder."),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_folders_are_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    act, sentence = BAD[case]
    act(tmp_path)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "file_names")
    assert str(caught.value) == f"{tmp_path}: {sentence}"


def test_a_list_that_is_none(oxford: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pets, "_MOST_TEXT", 100)
    path = oxford / "annotations/trainval.txt"
    path.write_text("x" * 101)
    with pytest.raises(UserError) as caught:
        open_dataset(oxford)
    assert str(caught.value) == f"{path}: is too large to be a list of images. Move it to another folder."


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    put(tmp_path, "cat_1.png")
    with pytest.raises(UserError, match="is not a folder"):
        open_dataset(tmp_path / "cat_1.png", "file_names")


@pytest.mark.skipif(os.name == "nt", reason="names there are never bytes")
def test_odd_names_and_links(tmp_path: Path) -> None:
    put(tmp_path, *(f"{name}_{i}.png" for name in ("cat", "dog") for i in (1, 2)))
    source = (tmp_path / "cat_1.png").read_bytes()
    with open(os.fsencode(tmp_path) + b"/cat\xff_3.png", "wb") as file:
        file.write(source)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dog_3.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "dog_4.png").symlink_to(tmp_path / "cat_1.png")
    dataset = open_dataset(tmp_path, "file_names")
    assert classes_of(dataset)["dog_4.png"] == "dog"
    assert len(dataset) == 5
    assert {(s.path, s.why) for s in dataset.skipped} == {
        ("cat\\udcff_3.png", "has a name that is not UTF-8; rename it to use it"),
        ("dog_3.png", "there is no such file or folder"),
        ("loop", "is a folder beside the images"),
    }


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is permitted to root")
def test_what_may_not_be_read(oxford: Path) -> None:
    path = oxford / "annotations/trainval.txt"
    path.chmod(0)
    with pytest.raises(UserError, match="may not be opened: permission is denied"):
        open_dataset(oxford)


def test_cancel(oxford: Path) -> None:
    with pytest.raises(Cancelled):
        open_dataset(oxford, cancel=lambda: True)


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["<annotation>", "<object>", "<bndbox>", "</bndbox>", "<xmin>", "3", "</xmin>", "&lt;",
                             "<size>", "</size>", "<![CDATA[", "]]>", "<?x?>", "<!ENTITY", "<!DOCTYPE x>", "\0"]),
            st.text(max_size=5),
        ),
        max_size=20,
    ).map("".join)
)  # fmt: skip
def test_any_annotation_is_read_or_refused(text: str) -> None:
    try:
        found = read_box(text.encode("utf-8", "surrogatepass"))
    except UserError as exc:
        assert exc.mend
    else:
        assert found is None or np.all(np.array(found) >= 0)
