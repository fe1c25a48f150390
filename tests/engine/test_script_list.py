"""The exported script trains on the images, classes and splits that the program trained on."""

from __future__ import annotations

import csv
import runpy
import shutil
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from guiapp.core.augmentation import Augmentation
from guiapp.core.dataset_settings import Balance
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import ListedImage, RunReader, RunWriter
from guiapp.data.images import FITS, Fit, read_fitted
from guiapp.engine import backend
from guiapp.engine.control import Control
from guiapp.engine.export import export
from guiapp.engine.pipeline import TrainingData, frozen, prepare
from guiapp.engine.running import train_run
from guiapp.engine.script_images import Reading
from guiapp.engine.script_list import ScriptList, list_of, listed_parts, place_of_list, write_list

MakeProject = Callable[..., Project]


def changed(project: Project, folder: Path, **changes: Any) -> Project:
    assert project.dataset is not None
    dataset = project.dataset.model_copy(update={"path": str(folder), **changes})
    return project.model_copy(update={"dataset": dataset})


@pytest.fixture
def edited(make_project: MakeProject, draw: Callable[[Path], Path], tmp_path: Path) -> Project:
    """A project of four drawn classes: one renamed, two merged, an image relabelled and one left out."""
    folder = draw(tmp_path / "bars")
    shutil.copytree(folder / "lying", folder / "tilted")
    return changed(
        make_project(test=0.2, max_steps=2),
        folder,
        renamed={"lying": "flat", "square": "upright", "standing": "upright"},
        relabelled={"tilted/000.png": "lying"},
        excluded=("square/001.png",),
    )


def loaded(script: Path) -> dict[str, Any]:
    text = script.read_text("utf-8")
    assert max(len(line) for line in text.splitlines()) <= 120
    space: dict[str, Any] = {"__name__": "exported", "__file__": str(script)}
    exec(compile(text, str(script), "exec"), space)
    return space


def pairs(batches: Any) -> Counter[tuple[bytes, int]]:
    """The pixels and the label of each image of batches, in no order."""
    return Counter(
        (image.astype(np.uint8).tobytes(), int(label))
        for images, labels in batches.as_numpy_iterator()
        for image, label in zip(images, labels, strict=True)
    )


def ours(data: TrainingData, rows: Any) -> Counter[tuple[bytes, int]]:
    return Counter((data.images[row].tobytes(), int(data.labels[row])) for row in rows)


def test_the_script_trains_on_the_same_images_classes_and_splits(
    edited: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train_run(edited, tmp_path / "run", lambda _event: None, Control())
    script, beside = export(tmp_path / "run", "python", tmp_path / "out" / "network")
    assert [path.name for path in (script, beside)] == ["network.py", "network.csv"]
    assert sorted(path.name for path in script.parent.iterdir()) == ["network.csv", "network.py"]
    with beside.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    listed = RunReader(tmp_path / "run").images()
    assert head == ["path", "class", "split"] and rows == [list(image) for image in listed or ()]
    assert ["tilted/000.png", "flat"] in [row[:2] for row in rows]
    assert ["square/001.png", "upright", "not used"] in rows
    space = loaded(script)
    assert space["CLASSES"] == ["flat", "upright", "tilted"]
    folder = str(tmp_path / "bars")
    found, data = space["images_in"](folder), prepare(edited)
    for split, rows_of in zip(found, (data.train, data.validation, data.test), strict=True):
        assert pairs(split) == ours(data, rows_of) and len(rows_of) > 10
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(script), "train", folder])
    runpy.run_path(str(script), run_name="__main__")
    assert "On the test images: {'accuracy'" in capsys.readouterr().out
    space["predict"]([f"{folder}/tilted/001.png"])
    assert capsys.readouterr().out.split("001.png: ")[1].split(" ")[0] in space["CLASSES"]
    (tmp_path / "bars" / "tilted" / "000.png").unlink()
    with pytest.raises(SystemExit, match=r"^1 of 95 images are not there, for example .*tilted/000\.png$"):
        space["train"](folder)


def kept(project: Project, run: Path) -> TrainingData:
    """Write what a run of a project begins with: the project and the list."""
    data = prepare(project)
    store = RunWriter(run)
    store.begin(frozen(project, data), {})
    store.images(data.listing or ())
    store.close()
    return data


def pieces(listed: ScriptList, path: Path, reading: Reading, names: Iterable[str], balance: Balance = "none") -> Any:
    """Return the functions of a script that read images, with its list beside `path`."""
    write_list(path.with_suffix(".csv"), listed)
    made = listed_parts(reading, balance, Augmentation(), listed)
    space: dict[str, Any] = {"__file__": str(path), "CLASSES": list(names), "BATCH": 8}
    imports = "import csv, sys\nfrom collections import Counter\nfrom pathlib import Path\nimport numpy as np\n"
    exec(f"{imports}{made.imports}{made.constants}{made.functions}", space)
    return space


def save(path: Path, pixels: Any, **options: Any) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_is_read_as_the_program_reads_it(fit: Fit, channels: int, tmp_path: Path) -> None:
    y, x = np.mgrid[:90, :60]
    rgb = np.stack([y * 2, x * 4, 255 - y - x], -1).astype(np.uint8)
    turned = Image.Exif()
    turned[0x0112] = 6
    alpha = np.concatenate([rgb, (x * 4)[..., None].astype(np.uint8)], -1)
    paths = [
        save(tmp_path / "plain.png", rgb),
        save(tmp_path / "turned.jpg", rgb, exif=turned, quality=98),
        save(tmp_path / "alpha.png", alpha),
        save(tmp_path / "deep.png", (y * 700).astype(np.uint16)),
        save(tmp_path / "palette.gif", rgb[..., 0]),
    ]
    space = pieces(ScriptList(()), tmp_path / "s.py", Reading((20, 30, channels), fit), ())
    for path in paths:
        theirs, here = space["read"](path), read_fitted(path, 30, 20, channels, fit)
        assert theirs.shape == here.shape and theirs.dtype == np.float32
        assert np.abs(theirs - here).mean() < 4, path.name


@pytest.fixture
def pets(make_project: MakeProject, tmp_path: Path) -> Project:
    """Images with the class in their names; some have a box, of which one reaches over the edge."""
    images, boxes = tmp_path / "pets" / "images", tmp_path / "pets" / "annotations" / "xmls"
    images.mkdir(parents=True)
    boxes.mkdir(parents=True)
    random = np.random.default_rng(3)
    for name in ("cat", "dog", "owl"):
        for i in range(6):
            save(images / f"{name}_{i}.png", random.integers(0, 256, (20, 24, 3), np.uint8))
        for i, (right, bottom) in enumerate([(15, 16), (99, 99)]):
            (boxes / f"{name}_{i}.xml").write_text(
                f"<annotation><object><bndbox><xmin>4</xmin><ymin>5</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax>"
                "</bndbox></object></annotation>"
            )
    return changed(make_project(), tmp_path / "pets", options={"crop": True})


def test_only_the_box_is_used_where_there_is_one(pets: Project, tmp_path: Path) -> None:
    data = kept(pets, tmp_path / "run")
    listed = list_of(tmp_path / "run")
    assert listed is not None and listed.boxes is not None and len(listed.boxes) == 6
    space = pieces(listed, tmp_path / "s.py", Reading((12, 12, 3), "stretch"), data.class_names)
    assert (tmp_path / "s.csv").read_text().startswith("path,class,split,left,top,right,bottom\n")
    training, validation, test = space["images_in"](tmp_path / "pets")
    assert test is None
    exact = {image for image, _ in ours(data, data.train) + ours(data, data.validation)}
    found = [image for image, _ in pairs(training) + pairs(validation)]
    # The boxes of 12×12 need no resizing, so that they are the same to the last bit.
    assert len(found) == 18 and sum(image in exact for image in found) >= 3
    row_of = {Path(image.path).name: row for row, image in enumerate(listed.images)}
    for lines in space["listed"](tmp_path / "pets"):
        for line in lines:
            pixels = space["read"](line["path"], space["box_of"](line))
            assert np.abs(pixels - data.images[row_of[line["path"].name]]).mean() < 25, "other noise differs by 85"


def test_boxes_that_cannot_be_read_any_more_are_told_of(pets: Project, tmp_path: Path) -> None:
    kept(pets, tmp_path / "run")
    shutil.rmtree(tmp_path / "pets")
    listed = list_of(tmp_path / "run")
    assert listed is not None and listed.lost and listed.boxes is None
    made = listed_parts(Reading((12, 12, 3), "stretch"), "none", Augmentation(), listed)
    assert "each image is used whole" in made.notes and "box" not in made.functions


def test_images_in_arrays_are_read_as_the_script_says(make_project: MakeProject, images: Path, tmp_path: Path) -> None:
    idx, pngs = tmp_path / "idx", tmp_path / "pngs"
    idx.mkdir()
    pngs.mkdir()
    paths = sorted(images.rglob("*.png"))[::6]
    pixels = np.stack([np.array(Image.open(path).convert("L")) for path in paths])
    labels = bytes(i * 3 // len(paths) for i in range(len(paths)))
    (idx / "train-images-idx3-ubyte").write_bytes(
        b"\0\0\x08\x03" + struct.pack(">3I", *pixels.shape) + pixels.tobytes()
    )
    (idx / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + struct.pack(">I", len(labels)) + labels)
    project = changed(make_project(), idx)
    project = project.model_copy(update={"network": project.network.update("image", channels=1)})
    data = kept(project, tmp_path / "run")
    listed = list_of(tmp_path / "run")
    assert listed is not None and listed.stored
    reading = Reading((12, 12, 1), "stretch")
    notes = listed_parts(reading, "none", Augmentation(), listed).notes
    code = "\n".join(line[4:] for line in notes.splitlines() if line.startswith("    "))
    code = code.replace("FOLDER", str(pngs)).replace("NAME", "train-images-idx3-ubyte")
    exec(code, {"images": pixels[..., None], "keras": backend.keras()})
    training, validation, _ = pieces(listed, tmp_path / "s.py", reading, data.class_names)["images_in"](pngs)
    assert pairs(training) == ours(data, data.train) and pairs(validation) == ours(data, data.validation)


@pytest.mark.parametrize("balance", ["class weights", "balanced sampling"])
def test_classes_are_balanced_by_the_training_images_of_the_list(
    balance: Balance, draw: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder = draw(tmp_path / "bars")
    counts = {"lying": 20, "square": 3, "standing": 0}
    paths = [f"{name}/{i:03}.png" for name, n in counts.items() for i in range(n)]
    listed = ScriptList(
        (*(ListedImage(path, path.split("/")[0], "train") for path in paths),
         ListedImage("standing/000.png", "standing", "validation"), ListedImage("square/9.png", "square", "not used"))
    )  # fmt: skip
    space = pieces(listed, tmp_path / "s.py", Reading((12, 12, 3), "stretch"), counts, balance)
    training, validation, test = space["images_in"](folder)
    assert len(pairs(validation)) == 1 and test is None
    if balance == "class weights":
        assert space["class_weights"](folder) == pytest.approx({0: 23 / 40, 1: 23 / 6})
        return
    assert space["steps"](training) == 3 and len(pairs(space["whole"](training))) == 23
    drawn = Counter(label for _, label in pairs(space["drawn"](training).take(5)).elements())
    assert drawn == {0: 20, 1: 20}


def test_a_table_that_is_something_else_is_left_alone(edited: Project, tmp_path: Path) -> None:
    train_run(edited, tmp_path / "run", lambda _event: None, Control())
    table = tmp_path / "network.csv"
    for text in ("name,marks\nAda,1\n", "path,class,split\r\nmine.png,mine,train\r\n"):
        table.write_bytes(text.encode())
        with pytest.raises(UserError, match=r"network\.csv.* is there already, and is no list of images"):
            export(tmp_path / "run", "python", tmp_path / "network.py")
        assert table.read_bytes() == text.encode() and not (tmp_path / "network.py").exists()
    table.unlink()
    first = export(tmp_path / "run", "python", tmp_path / "network.py")
    whole = table.read_bytes()
    assert export(tmp_path / "run", "python", tmp_path / "network.py") == first, "an earlier export is replaced"
    assert table.read_bytes() == whole
    with pytest.raises(UserError, match=r"Choose a name that ends in \.py"):
        place_of_list(tmp_path / "script.CSV")


def test_any_name_is_found_again(tmp_path: Path) -> None:
    names = ["a,b.png", 'quo"te.png', "Ü ß.png"] + ["line\nbreak.png", "caf\udce9.png"] * (sys.platform == "linux")
    for name in names:
        save(tmp_path / name, np.zeros((4, 4, 3), np.uint8), format="PNG")
    listed = ScriptList(tuple(ListedImage(name, "x", "train") for name in names))
    space = pieces(listed, tmp_path / "s.py", Reading((4, 4, 3), "stretch"), ["x"])
    training, _, _ = space["images_in"](tmp_path)
    assert pairs(training).total() == len(names)
