"""Lists of paths and labels: what is found by looking, and every way to be wrong, in exact words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset
from guiapp.data.importers.listing import ListingOptions
from guiapp.data.opening import open_dataset


def put(root: Path, *names: str) -> None:
    for i, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3), (i * 20 % 256, 40, 90)).save(path)


def with_list(root: Path, text: str | bytes, name: str = "labels.txt") -> None:
    """Four images, one with a space in its name, and a list of this content."""
    put(root, "images/1.png", "images/2.png", "images/my cat.png", "4.png")
    (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def by_path(dataset: Dataset) -> dict[str, str]:
    return {path: dataset.class_names[label] for path, label in zip(dataset.paths, dataset.labels, strict=True)}


LINES = "images/1.png cat\nimages/2.png dog\nimages/my cat.png cat\n4.png dog\n"
FOUR = {"images/1.png": "cat", "images/2.png": "dog", "images/my cat.png": "cat", "4.png": "dog"}


def parted(sign: str) -> str:
    return "".join(sign.join(line.rsplit(" ", 1)) + "\n" for line in LINES.splitlines())


LISTS: dict[str, tuple[str | bytes, str]] = {
    "spaces": (LINES, "space"),
    "tabs": (parted("\t"), "tab"),
    "commas": (parted(","), "comma"),
    "commas and spaces": (parted(" , "), "comma"),
    "semicolons": (parted(";"), "semicolon"),
    "CRLF": (LINES.replace("\n", "\r\n"), "space"),
    "a mark before UTF-8": (b"\xef\xbb\xbf" + LINES.encode(), "space"),
    "UTF-16": (LINES.encode("utf-16"), "space"),
    "remarks and blank lines": (f"# the classes\n\n{LINES}\n   \n  # end", "space"),
    "quotes": (LINES.replace("images/my cat.png", '"images/my cat.png"'), "space"),
    "dots": (LINES.replace("4.png", "./images/../4.png"), "space"),
    "backslashes": (LINES.replace("images/1", "images\\1"), "space"),
}


@pytest.mark.parametrize("case", LISTS)
def test_lists_of_every_shape(case: str, tmp_path: Path) -> None:
    text, separator = LISTS[case]
    with_list(tmp_path, text)
    for path in (tmp_path, tmp_path / "labels.txt"):
        dataset = open_dataset(path)
        assert dataset.importer == "listing"
        assert by_path(dataset) == FOUR
        assert dataset.options == ListingOptions(file="labels.txt", separator=separator)
        assert (dataset.warnings, dataset.skipped, dataset.given_splits) == ((), (), None)
        assert dataset.read(2).shape == (3, 4, 3)


def test_labels_of_several_words(tmp_path: Path) -> None:
    with_list(tmp_path, parted("\t").replace("\tcat", "\tgrey cat"))
    assert open_dataset(tmp_path).class_names == ("dog", "grey cat")


def test_numbers_come_in_their_order(tmp_path: Path) -> None:
    with_list(tmp_path, LINES.replace(" cat\n", " 10\n").replace(" dog\n", " 9\n"))
    assert open_dataset(tmp_path).class_names == ("9", "10")


def test_images_outside_the_folder(tmp_path: Path) -> None:
    with_list(tmp_path, "")
    (tmp_path / "lists").mkdir()
    lines = ("../images/1.png a", f"{tmp_path}/images/2.png b", f"{tmp_path}/lists/../4.png a")
    (tmp_path / "lists/all.txt").write_text("\n".join(lines))
    dataset = open_dataset(tmp_path / "lists")
    where = tmp_path.as_posix()
    assert by_path(dataset) == {f"{where}/images/1.png": "a", f"{where}/images/2.png": "b", f"{where}/4.png": "a"}
    assert all(dataset.read(i).shape == (3, 4, 3) for i in range(3))
    assert len(dataset.fingerprint()) == 32


def test_lists_for_the_splits(tmp_path: Path) -> None:
    with_list(tmp_path, "images/1.png cat\nimages/2.png dog\n", "train.txt")
    (tmp_path / "my_val.txt").write_text("images/my cat.png cat\n")
    (tmp_path / "test_list.txt").write_text("4.png dog\n")
    (tmp_path / "readme.txt").write_text("These are images.\n")
    dataset = open_dataset(tmp_path)
    assert by_path(dataset) == FOUR
    assert dataset.given_splits is not None
    assert dict(zip(dataset.paths, dataset.given_splits.tolist(), strict=True)) == {
        "images/1.png": TRAIN, "images/2.png": TRAIN, "images/my cat.png": VALIDATION, "4.png": TEST
    }  # fmt: skip
    assert dataset.options == ListingOptions(file="one for each split", separator="space")
    assert dataset.choices["file"] == ("one for each split", "my_val.txt", "test_list.txt", "train.txt")
    assert by_path(open_dataset(tmp_path, options=dataset.options.model_dump())) == FOUR
    alone = open_dataset(tmp_path, options={"file": "train.txt"})
    assert (len(alone), alone.given_splits) == (2, None)


def test_an_image_in_two_lists_is_told_of(tmp_path: Path) -> None:
    with_list(tmp_path, "images/1.png cat\nimages/2.png dog\nimages/1.png cat\n", "train.txt")
    (tmp_path / "test.txt").write_text("4.png dog\nimages/../images/1.png cat\nimages/2.png dog\n")
    dataset = open_dataset(tmp_path)
    assert dataset.given_splits is not None
    assert dataset.given_splits.tolist() == [TRAIN, TRAIN, TEST]
    assert dataset.warnings[:2] == (
        "An image is listed a second time, with the same label: “images/1.png” (line 3 of train.txt).",
        "2 images are in several lists and stay in the first; "
        "the first of them is “images/1.png” (line 2 of test.txt).",
    )


def test_windows_letters_are_read_with_a_word(tmp_path: Path) -> None:
    with_list(tmp_path, LINES.replace(" cat\n", " kötté\n").encode("cp1252"))
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("dog", "kötté")
    assert dataset.warnings == (
        "labels.txt is not in UTF-8 and was read as Windows-1252. If letters look wrong, save it again in UTF-8.",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train.txt", "cats/1.png 0\ncats/2.png 0\ndogs/1.png 1\ndogs/2.png 1\n"),
        ("classes.txt", "cats\ndogs\n"),
        ("notes.txt", "I drew cats/1.png yesterday\n"),
    ],
)
def test_folders_of_classes_with_a_list_stay_what_they_are(name: str, text: str, tmp_path: Path) -> None:
    put(tmp_path, *(f"{kind}/{i}.png" for kind in ("cats", "dogs") for i in (1, 2)))
    (tmp_path / name).write_text(text)
    assert open_dataset(tmp_path).importer == "class_folders"


TOLD: dict[str, tuple[str, str]] = {
    "a missing label": (
        f"{LINES}images/3.png\n",
        "An image has no label and is left out: “images/3.png” (line 5 of labels.txt).",
    ),
    "missing labels": (
        f"{LINES}images/3.png\nimages/4.png\n",
        "2 images have no label and are left out; the first is “images/3.png” (line 5 of labels.txt).",
    ),
    "a label without a file": (
        f"{LINES}images/3.png cat\n",
        "An image that is listed is not there: “images/3.png” (line 5 of labels.txt).",
    ),
    "labels without files": (
        f"{LINES}images/3.png cat\n/nowhere/1.png cat\n",
        "2 images that are listed are not there; the first is “images/3.png” (line 5 of labels.txt).",
    ),
    "no image": (f"{LINES}notes.pdf cat\n", "A line names no image that is read: “notes.pdf” (line 5 of labels.txt)."),
    "the same twice": (
        f"{LINES}4.png dog\n",
        "An image is listed a second time, with the same label: “4.png” (line 5 of labels.txt).",
    ),
    "a NUL that is escaped": (
        f"{LINES}{{count}}\\0.png dog\n",
        "An image that is listed is not there: “{count}/0.png” (line 5 of labels.txt).",
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_lines_of_no_use_are_told_of(case: str, tmp_path: Path) -> None:
    text, sentence = TOLD[case]
    with_list(tmp_path, text)
    dataset = open_dataset(tmp_path)
    assert by_path(dataset) == FOUR
    assert dataset.warnings == (sentence,)


CHOOSE = "Choose a list with a path and a label on each line."
BAD: dict[str, tuple[str | bytes, dict[str, str], str]] = {
    "empty": ("", {}, "/labels.txt: the file is empty. Choose a file that names images and their labels."),
    "remarks alone": ("# a\n# b\n", {}, f"/labels.txt: names no images. {CHOOSE}"),
    "no labels": (
        "images/1.png\nimages/2.png\n",
        {},
        "/labels.txt: has no labels; the first image without is “images/1.png” (line 1 of labels.txt). "
        "Write a label after each path, or choose what parts them.",
    ),
    "no images": (
        "a.pdf x\nb.pdf y\n",
        {},
        f"/labels.txt: names no images that are read; the first is “a.pdf” (line 1 of labels.txt). {CHOOSE}",
    ),
    "images elsewhere": (
        "a.png x\nb.png y\n",
        {},
        "/labels.txt: none of its images is there; the first is “a.png” (line 1 of labels.txt). "
        "Put the list into the folder that its paths start from.",
    ),
    "one label": (
        "images/1.png x\nimages/2.png x\n",
        {},
        "/labels.txt: has only one label, “x”. Choose a list of images with at least two labels.",
    ),
    "two labels": (
        f"{LINES}./4.png cat\n",
        {},
        "/labels.txt: line 5: “4.png” is labelled “cat”, but “dog” on line 4 of labels.txt. "
        "Keep one label for each image.",
    ),
    "NUL": (
        b"images/1.png x\nimages/2.png\0 y\n",
        {},
        "/labels.txt: is no text: it holds NUL characters. Save it again as text in UTF-8.",
    ),
    "a line without end": (
        b"images/1.png " * 2_400_000,
        {},
        f"/labels.txt: line 1 has 31,199,999 characters; at most 10,000 are read. {CHOOSE}",
    ),
    "another separator": (
        LINES,
        {"separator": "bar"},
        ": a list cannot be parted by “bar”. Choose one of: tab, comma, semicolon, space.",
    ),
    "no such list": (LINES, {"file": "other.txt"}, ": holds no list “other.txt”. Choose the list again."),
    "a list above": (
        LINES,
        {"file": "../other.txt"},
        ": the list “../other.txt” lies outside the folder. Choose a list inside it.",
    ),
    "a folder": (LINES, {"file": "images"}, "/images: is a folder, not a list. Choose a file."),
    "no splits": (
        LINES,
        {"file": "one for each split"},
        ": holds no lists for the splits. Name them train.txt, val.txt and test.txt.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_lists_are_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    text, options, sentence = BAD[case]
    with_list(tmp_path, text)
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "listing", options=options)
    assert str(caught.value) == f"{tmp_path}{sentence}"


def test_a_folder_without_a_list(tmp_path: Path) -> None:
    put(tmp_path, "1.png")
    (tmp_path / "x.txt").mkdir()
    with pytest.raises(UserError) as caught:
        open_dataset(tmp_path, "listing")
    assert str(caught.value) == (
        f"{tmp_path}: holds no list of images. Put a text file beside the images, with a path and a label a line."
    )


def test_links_in_a_circle_are_left_out(tmp_path: Path) -> None:
    with_list(tmp_path, f"{LINES}loop.png dog\n")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    dataset = open_dataset(tmp_path)
    assert by_path(dataset) == FOUR
    assert [s.path for s in dataset.skipped] == ["loop.png"]


def test_images_that_may_not_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_list(tmp_path, LINES)
    real = os.stat

    def refusing(path: str, **rest: bool) -> object:
        if os.fspath(path).endswith("2.png"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, **rest)

    monkeypatch.setattr(os, "stat", refusing)
    dataset = open_dataset(tmp_path, "listing")
    monkeypatch.undo()
    assert set(dataset.paths) == set(FOUR) - {"images/2.png"}
    assert [(s.path, s.why) for s in dataset.skipped] == [("images/2.png", "may not be opened: permission is denied")]


def test_images_that_vanish_are_told_of_when_they_are_read(tmp_path: Path) -> None:
    with_list(tmp_path, LINES)
    dataset = open_dataset(tmp_path)
    (tmp_path / "4.png").unlink()
    with pytest.raises(UserError, match="there is no such file or folder"):
        dataset.read_fitted(dataset.row_of["4.png"], 4, 3, 3)


PARTS = st.sampled_from(
    ["images/1.png", "4.png", " ", "\t", ",", "\n", "\r", "#", '"', "a", "b", "../", "/", "\0", "é"]
)


@settings(max_examples=60, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.lists(PARTS).map(lambda parts: "".join(parts).encode())))
def test_any_bytes_are_a_dataset_or_a_sentence(tmp_path: Path, data: bytes) -> None:
    with_list(tmp_path, data)
    try:
        dataset = open_dataset(tmp_path, "listing")
    except UserError as exc:
        assert exc.where and exc.mend
    else:
        assert len(dataset) >= 2
        assert all(dataset.absolute(i).exists() for i in range(len(dataset)))
