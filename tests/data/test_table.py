"""Tables of labels: what is found by looking, what may be said instead, and every way to be wrong, in exact words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset
from guiapp.data.importers.labelled import MOST_TOLD
from guiapp.data.importers.table_options import TableOptions
from guiapp.data.opening import open_dataset


def put(root: Path, *names: str) -> None:
    for i, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3), (i * 20 % 256, 40, 90)).save(path)


def kaggle(root: Path, table: str | bytes, name: str = "trainLabels.csv", images: int = 4) -> None:
    """Four images in ``train`` and a table of this content beside it."""
    put(root, *(f"train/{i + 1}.png" for i in range(images)))
    (root / name).write_bytes(table if isinstance(table, bytes) else table.encode())


def by_path(dataset: Dataset) -> dict[str, str]:
    return {path: dataset.class_names[label] for path, label in zip(dataset.paths, dataset.labels, strict=True)}


FOUR = {"train/1.png": "cat", "train/2.png": "dog", "train/3.png": "cat", "train/4.png": "dog"}
ROWS = "1,cat\n2,dog\n3,cat\n4,dog\n"
LABELS = f"id,label\n{ROWS}"


def test_a_table_beside_a_folder(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS)
    dataset = open_dataset(tmp_path)
    assert dataset.importer == "table"
    assert by_path(dataset) == FOUR
    assert dataset.class_names == ("cat", "dog")
    assert dataset.options == TableOptions(
        table="trainLabels.csv",
        file_column="id",
        label_column="label",
        split_column="none",
        folder="train",
        extension=".png",
    )
    assert dataset.choices == {
        "table": ("trainLabels.csv",),
        "file_column": ("id", "label"),
        "label_column": ("id", "label"),
        "split_column": ("none", "id", "label"),
        "folder": (".", "train", "any"),
        "extension": ("none", ".png", "any"),
    }
    assert (dataset.warnings, dataset.skipped, dataset.given_splits) == ((), (), None)
    assert dataset.root == tmp_path
    assert dataset.read(0).shape == (3, 4, 3)


def test_what_was_found_opens_the_same(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS)
    put(tmp_path, "test/1.png", "test/2.png", "test/3.png", "test/4.png", "test/5.png")
    first = open_dataset(tmp_path)
    assert first.options is not None
    again = open_dataset(tmp_path, "table", options=first.options.model_dump())
    assert by_path(again) == by_path(first) == FOUR
    assert (again.options, again.fingerprint()) == (first.options, first.fingerprint())


def test_the_table_itself_may_be_chosen(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS)
    dataset = open_dataset(tmp_path / "trainLabels.csv")
    assert dataset.importer == "table"
    assert (dataset.root, by_path(dataset)) == (tmp_path, FOUR)


TABLES: dict[str, tuple[str | bytes, dict[str, str]]] = {
    "semicolons": (LABELS.replace(",", ";"), {}),
    "tabs": (LABELS.replace(",", "\t"), {}),
    "CRLF": (LABELS.replace("\n", "\r\n"), {}),
    "a mark before UTF-8": (b"\xef\xbb\xbf" + LABELS.encode(), {"file_column": "id"}),
    "UTF-16, as spreadsheets save it": (LABELS.replace(",", "\t").encode("utf-16"), {"file_column": "id"}),
    "no header": (ROWS, {"file_column": "column 1", "label_column": "column 2"}),
    "quotes": (LABELS.replace("cat", '"cat"'), {}),
    "blank lines": (LABELS.replace("2,dog", "\n,\n2,dog"), {}),
    "spaces about": (LABELS.replace(",cat", ", cat  "), {}),
    "the label first": ("label,id\ncat,1\ndog,2\ncat,3\ndog,4\n", {"file_column": "id", "label_column": "label"}),
    "whole names": ("f,l\n1.png,cat\n2.png,dog\n3.png,cat\n4.png,dog\n", {"extension": "none", "folder": "train"}),
    "paths": (
        "f,l\ntrain/1.png,cat\n./train/2.png,dog\ntrain\\3.png,cat\ntrain/x/../4.png,dog\n",
        {"extension": "none", "folder": "."},
    ),
    "columns of other things": (
        "id,width,score,label,source\n1,20,0.5,cat,a\n2,20,0.75,dog,b\n3,30,0.1,cat,c\n4,40,0.2,dog,d\n",
        {"label_column": "label"},
    ),
    "columns without telling names": (
        "id,width,score,animal\n1,20,0.5,cat\n2,21,0.75,dog\n3,30,0.1,cat\n4,40,0.2,dog\n",
        {"label_column": "animal"},
    ),
    "columns of one name, and of none": (
        "x,x,\n1,cat,p\n2,dog,q\n3,cat,r\n4,dog,s\n",
        {"file_column": "x", "label_column": "column 2"},
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_tables_of_every_shape(case: str, tmp_path: Path) -> None:
    text, told = TABLES[case]
    kaggle(tmp_path, text)
    dataset = open_dataset(tmp_path)
    assert dataset.importer == "table"
    assert by_path(dataset) == FOUR
    assert dataset.options is not None
    assert {name: getattr(dataset.options, name) for name in told} == told
    assert (dataset.warnings, dataset.skipped) == ((), ())


def test_absolute_paths_inside_the_folder(tmp_path: Path) -> None:
    kaggle(tmp_path, "f,l\n" + "".join(f"{tmp_path}/train/{i}.png,{'ab'[i % 2]}\n" for i in range(1, 5)))
    assert by_path(open_dataset(tmp_path)) == {f"train/{i}.png": "ab"[i % 2] for i in range(1, 5)}


def test_windows_letters_are_read_with_a_word(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS.replace("cat", "kötté").encode("cp1252"))
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("dog", "kötté")
    assert dataset.warnings == (
        "trainLabels.csv is not in UTF-8 and was read as Windows-1252. If letters look wrong, save it again in UTF-8.",
    )


def test_numbers_come_in_their_order(tmp_path: Path) -> None:
    put(tmp_path, *(f"{i}.png" for i in range(12)))
    (tmp_path / "l.csv").write_text("id,label\n" + "".join(f"{i},{i % 11}\n" for i in range(12)))
    assert open_dataset(tmp_path).class_names == tuple(str(i) for i in range(11))


def test_endings_that_differ_and_nested_folders(tmp_path: Path) -> None:
    put(tmp_path, "part_1/a.png", "part_1/b.jpg", "part_2/c.png", "part_2/d.JPG")
    (tmp_path / "meta.csv").write_text("image_id,age,dx\na,4,nv\nb,5,mel\nc,6,nv\nd,7,mel\n")
    dataset = open_dataset(tmp_path)
    assert by_path(dataset) == {
        "part_1/a.png": "nv", "part_1/b.jpg": "mel", "part_2/c.png": "nv", "part_2/d.JPG": "mel"
    }  # fmt: skip
    assert isinstance(dataset.options, TableOptions)
    assert (dataset.options.folder, dataset.options.extension) == ("any", "any")


def test_a_column_of_splits(tmp_path: Path) -> None:
    kaggle(tmp_path, "id,label,usage\n1,cat,Train\n2,dog,train\n3,cat,val\n4,dog,TEST\n")
    dataset = open_dataset(tmp_path)
    assert isinstance(dataset.options, TableOptions)
    assert dataset.options.split_column == "usage"
    assert dataset.given_splits is not None
    assert dataset.given_splits.tolist() == [TRAIN, TRAIN, VALIDATION, TEST]
    without = open_dataset(tmp_path, options={"split_column": "none"})
    assert (without.given_splits, by_path(without)) == (None, FOUR)


def test_the_table_of_the_training_labels_is_taken(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS)
    put(tmp_path, "test/1.png", "test/2.png")
    (tmp_path / "sampleSubmission.csv").write_text("id,label\n1,cat\n2,cat\n")
    (tmp_path / "a.csv").write_text("colour;price\nred;3\n")
    dataset = open_dataset(tmp_path)
    assert by_path(dataset) == FOUR
    assert dataset.choices["table"] == ("a.csv", "sampleSubmission.csv", "trainLabels.csv")
    assert [(s.path, s.why) for s in dataset.skipped] == [
        ("test/1.png", "is not in trainLabels.csv"),
        ("test/2.png", "is not in trainLabels.csv"),
    ]


def test_one_may_say_how_it_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "a/2.png", "b/1.png", "b/2.jpg")
    (tmp_path / "t.csv").write_text("first,second,x,y\n1,2,p,q\n2,1,q,q\n")

    def opened(**options: str) -> dict[str, str]:
        return by_path(open_dataset(tmp_path, "table", options=options))

    assert opened(folder="a", label_column="x") == {"a/1.png": "p", "a/2.png": "q"}
    assert opened(folder="a", label_column="x", file_column="second") == {"a/2.png": "p", "a/1.png": "q"}
    assert opened(folder="b", extension="any", label_column="x") == {"b/1.png": "p", "b/2.jpg": "q"}
    assert opened(folder="a", extension="png", label_column="first") == {"a/2.png": "1", "a/1.png": "2"}
    assert opened(folder="a", label_column="second", file_column="first") == {"a/1.png": "2", "a/2.png": "1"}


def stray(root: Path, table: str) -> None:
    put(root, *(f"{name}/{i}.png" for name in ("cats", "dogs") for i in range(3)))
    (root / "notes.csv").write_text(table)


@pytest.mark.parametrize(
    "table",
    [
        "date,remark\n1,first\n2,second\n",
        "file,width,height\ncats/0.png,4,3\ncats/1.png,4,3\ndogs/0.png,4,3\n",
        "file,width,height\n0.png,4,3\n1.png,4,3\n",
        "file,label,split\ncats/0.png,cats,train\ncats/1.png,cats,train\ndogs/0.png,dogs,train\n",
        "",
        "x\n",
        "a,b\n",
    ],
)
def test_folders_of_classes_with_a_table_stay_what_they_are(table: str, tmp_path: Path) -> None:
    stray(tmp_path, table)
    assert open_dataset(tmp_path).importer == "class_folders"


def test_folders_of_classes_may_have_other_labels(tmp_path: Path) -> None:
    stray(
        tmp_path, "file,label\n" + "".join(f"{n}/{i}.png,{'xy'[i % 2]}\n" for n in ("cats", "dogs") for i in range(3))
    )
    assert open_dataset(tmp_path).importer == "table"
    assert open_dataset(tmp_path, "class_folders").class_names == ("cats", "dogs")


MEND_PLACE = "Put the table into the folder of its images, or choose its columns, folder and file ending."
WANTED = "Choose a table with a column of file names and one of labels, parted by commas, semicolons or tabs."
BAD: dict[str, tuple[str | bytes, dict[str, str], str]] = {
    "empty": ("", {}, "the file is empty. Choose a file that names images and their labels."),
    "blank": (" \n\n", {}, "the file is empty. Choose a file that names images and their labels."),
    "one column": ("id\n1\n2\n", {}, f"has only one column. {WANTED}"),
    "a header alone": ("id,label\n", {}, "holds no rows but its header. Add a row for each image."),
    "no labels": (
        "id,label\n1,\n2,\n3,\n",
        {},
        "holds no labels in the column “label”. Choose the column with the labels.",
    ),
    "no image there": (
        "id,label\n11,cat\n12,dog\n",
        {},
        f"none of its images is there; the first is “11” (line 2). {MEND_PLACE}",
    ),
    "images elsewhere": (
        "id,label\n/etc/1.png,cat\n../../2.png,dog\nC:\\x\\3.png,cat\n",
        {},
        "its images lie outside the folder; the first is “/etc/1.png” (line 2). "
        "Choose a folder that holds the table and its images.",
    ),
    "two labels": (
        f"{LABELS}2,cat\n",
        {},
        "line 6: “2” is labelled “cat”, but “dog” on line 3. Keep one label for each image.",
    ),
    "one label": (
        "id,label\n1,cat\n2,cat\n",
        {},
        "has only one label, “cat”. Choose the column that holds the labels.",
    ),
    "no such file column": (
        LABELS,
        {"file_column": "name"},
        "has no column “name”. Choose one of its columns: “id”, “label”.",
    ),
    "no such label column": (
        LABELS,
        {"label_column": "class"},
        "has no column “class”. Choose one of its columns: “id”, “label”.",
    ),
    "no such split column": (
        LABELS,
        {"split_column": "usage"},
        "has no column “usage”. Choose one of its columns: “id”, “label”.",
    ),
    "the labels as names": (
        LABELS,
        {"file_column": "label"},
        f"none of its images is there; the first is “cat” (line 2). {MEND_PLACE}",
    ),
    "one column for both": (
        LABELS,
        {"file_column": "id", "label_column": "id"},
        "is to have both the images' names and their labels in the column “id”. "
        "Choose another column for one of the two.",
    ),
    "no split": (
        "id,label,part\n1,cat,train\n2,dog,later\n",
        {"split_column": "part"},
        "line 3: “later” in the column “part” is no split. "
        "Write train, validation or test, or choose another split column.",
    ),
    "another ending": (
        LABELS,
        {"extension": ".jpg"},
        f"none of its images is there; the first is “1” (line 2). {MEND_PLACE}",
    ),
    "NUL": (b"id,label\n1,c\0t\n", {}, "is no text: it holds NUL characters. Save it again as text in UTF-8."),
    "half of a UTF-16 letter": (b"\xff\xfei\0d", {}, "is no text that can be read. Save it again as text in UTF-8."),
    "an open quotation": (
        'id,label\n1,cat\n2,"dog\n3,cat\n',
        {},
        "line 3: its quotation marks do not match. Correct the line, or save the table again from a spreadsheet.",
    ),
    "a line without end": (
        b"id,label\n" + b"1," * 15_000_000,
        {},
        f"line 2 has 30,000,000 characters; at most 100,000 are read. {WANTED}",
    ),
    "a line without end or commas": (
        b"x" * 30_000_000,
        {},
        f"line 1 has 30,000,000 characters; at most 100,000 are read. {WANTED}",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    text, options, sentence = BAD[case]
    kaggle(tmp_path, text)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "table", options=options)
    assert str(caught.value) == f"{tmp_path / 'trainLabels.csv'}: {sentence}"


def directory(root: Path) -> None:
    kaggle(root, LABELS)
    (root / "x.csv").mkdir()


def alone(root: Path) -> None:
    (root / "labels.csv").write_text(LABELS)


def twins(root: Path) -> None:
    put(root, "a/1.png", "b/1.png", "a/2.png")
    (root / "t.csv").write_text(LABELS)


PLACES: dict[str, tuple[Callable[[Path], None], dict[str, str], str]] = {
    "no images": (
        alone,
        {},
        ": holds no images. Choose the folder that holds the images and the table.",
    ),
    "no table": (
        lambda root: put(root, "1.png"),
        {},
        ": holds no table of labels. "
        "Put a file labels.csv beside the images, with a column of file names and one of labels.",
    ),
    "a directory called x.csv": (directory, {"table": "x.csv"}, "/x.csv: is a folder, not a table. Choose a file."),
    "a table that has gone": (
        lambda root: kaggle(root, LABELS),
        {"table": "labels.csv"},
        ": holds no table “labels.csv”. Choose one of: “trainLabels.csv”.",
    ),
    "a table above": (
        lambda root: kaggle(root, LABELS),
        {"table": "../labels.csv"},
        ": the table “../labels.csv” lies outside the folder. Choose a table inside it.",
    ),
    "a table elsewhere": (
        lambda root: kaggle(root, LABELS),
        {"table": "/etc/passwd"},
        ": the table “/etc/passwd” lies outside the folder. Choose a table inside it.",
    ),
    "no such folder": (
        lambda root: kaggle(root, LABELS),
        {"folder": "test"},
        ": holds no images in a folder “test”. Choose the folder of the images again.",
    ),
    "several images of one name": (
        twins,
        {"folder": "any"},
        "/t.csv: line 2: several images are called “1”. "
        "Choose the folder and the file ending that the table speaks of.",
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_bad_places_are_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    make, options, sentence = PLACES[case]
    make(tmp_path)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "table", options=options)
    assert str(caught.value) == f"{tmp_path}{sentence}"


def test_a_directory_called_like_a_table_is_no_table(tmp_path: Path) -> None:
    directory(tmp_path)
    assert by_path(open_dataset(tmp_path)) == FOUR


TOLD: dict[str, tuple[str, str]] = {
    "a missing label": (
        LABELS.replace("4,dog", "4,"),
        "trainLabels.csv has no label for “4” (line 5), which is left out.",
    ),
    "a short row": (LABELS.replace("4,dog", "4"), "trainLabels.csv has no label for “4” (line 5), which is left out."),
    "a label without a file": (
        f"{LABELS}9,dog\n",
        "trainLabels.csv names an image that is not there: “9” (line 6).",
    ),
    "several labels without a file": (
        f"{LABELS}9,dog\n10,dog\n",
        "trainLabels.csv names 2 images that are not there; the first is “9” (line 6).",
    ),
    "the same twice": (
        f"{LABELS}2,dog\n",
        "trainLabels.csv names an image a second time, with the same label: “2” (line 6).",
    ),
    "one outside": (
        f"{LABELS}../../1.png,cat\n",
        "trainLabels.csv names an image outside the folder, which is left out: “../../1.png” (line 6).",
    ),
    "several outside": (
        f"{LABELS}../../1.png,cat\n/1.png,cat\n",
        "trainLabels.csv names 2 images outside the folder, which are left out; the first is “../../1.png” (line 6).",
    ),
    "no name": (f"{LABELS},dog\n", "trainLabels.csv has a row that names no image: line 6."),
    "braces": (f"{LABELS}{{first}},dog\n", "trainLabels.csv names an image that is not there: “{first}” (line 6)."),
}


@pytest.mark.parametrize("case", TOLD)
def test_rows_of_no_use_are_told_of(case: str, tmp_path: Path) -> None:
    table, sentence = TOLD[case]
    kaggle(tmp_path, table)
    dataset = open_dataset(tmp_path)
    assert dataset.warnings[:1] == (sentence,)
    if "no label" in sentence:
        assert by_path(dataset) == {path: label for path, label in FOUR.items() if path != "train/4.png"}
        assert [(s.path, s.why) for s in dataset.skipped] == [("train/4.png", "has no label in trainLabels.csv")]
    else:
        assert by_path(dataset) == FOUR


def test_many_images_without_a_row_are_told_of_in_one_sentence(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS)
    (tmp_path / "test").mkdir()
    for i in range(MOST_TOLD + 1):
        (tmp_path / f"test/{i}.png").touch()
    dataset = open_dataset(tmp_path)
    assert by_path(dataset) == FOUR
    assert len(dataset.skipped) == MOST_TOLD
    assert dataset.warnings == (
        "101 images are not in trainLabels.csv and are left out; the first 100 of them are listed.",
    )


def test_a_label_for_each_image_is_no_label(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for i in range(1001):
        (tmp_path / f"train/{i}.png").touch()
    (tmp_path / "t.csv").write_text("id,hash\n" + "".join(f"{i},x{i}\n" for i in range(1001)))
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 't.csv'}: has 1,001 labels for 1,001 images, so that they are no classes. "
        "Choose the column that holds the labels."
    )


def test_names_that_no_project_could_keep_are_left_out(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS)
    try:
        put(tmp_path, os.fsdecode(b"train/\xe9.png"), os.fsdecode(b"\xe9/1.png"))
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    dataset = open_dataset(tmp_path)
    assert by_path(dataset) == FOUR
    assert [(s.path, s.why) for s in dataset.skipped] == [
        (r"train/\udce9.png", "has a name that is not UTF-8; rename it to use it")
    ]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS)
    (tmp_path / "train/up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    dataset = open_dataset(tmp_path, options={"table": "trainLabels.csv"})
    assert by_path(dataset) == FOUR
    assert [(s.path, s.why) for s in dataset.skipped] == [("train/up", "is a folder that is read already")]
    assert open_dataset(tmp_path).options == dataset.options


def test_a_table_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kaggle(tmp_path, LABELS)
    real = Path.open

    def refusing(path: Path, mode: str = "r") -> object:
        if path.suffix == ".csv":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, mode)

    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "table")
    assert str(caught.value) == (
        f"{tmp_path / 'trainLabels.csv'}: may not be opened: permission is denied. "
        "Change its permissions, or choose another place."
    )


def test_images_that_vanish_are_problems(tmp_path: Path) -> None:
    kaggle(tmp_path, LABELS)
    dataset = open_dataset(tmp_path)
    (tmp_path / "train/2.png").unlink()
    with pytest.raises(UserError) as caught:
        dataset.read_fitted(dataset.row_of["train/2.png"], 4, 3, 3)
    assert caught.value.what == "there is no such file or folder"
