"""Wrong input of every kind: exit code 1, and one line that names the thing, the place and the mend."""

from __future__ import annotations

import errno
import json
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from guiapp.core.notify import UserError
from guiapp.core.runs import RunReader
from guiapp.engine import checkpoint

Cli = Callable[..., Any]


@dataclass
class Place:
    """What a case is made in and of."""

    folder: Path
    images: Path
    run: Path
    write: Callable[..., Path]
    draw: Callable[..., Path]

    def project(self, **options: Any) -> Path:
        return self.write(self.folder / "p.convnet", **options)

    def new(self, data: Path, *more: object) -> list[object]:
        return ["new", "--template", "starter", "--data", data, "--out", self.folder / "new.convnet", *more]


@pytest.fixture
def place(
    tmp_path: Path,
    images: Path,
    run_copy: Path,
    write_project: Callable[..., Path],
    draw: Callable[..., Path],
) -> Place:
    return Place(tmp_path, images, run_copy, write_project, draw)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


Argv = list[object]
CASES: dict[str, tuple[Callable[[Place], Argv], tuple[str, ...]]] = {}


def case(*fragments: str) -> Callable[[Callable[[Place], Argv]], Callable[[Place], Argv]]:
    """Declare a case: a function that makes the input, and what the line must hold."""

    def add(make: Callable[[Place], Argv]) -> Callable[[Place], Argv]:
        CASES[make.__name__] = (make, fragments)
        return make

    return add


# images ----------------------------------------------------------------------------------------


@case("/empty", "Choose a folder")
def empty_folder(place: Place) -> Argv:
    (place.folder / "empty").mkdir()
    return place.new(place.folder / "empty")


@case("/gone: the dataset is not there", "Choose where it is now")
def no_folder(place: Place) -> Argv:
    return place.new(place.folder / "gone")


@case("holds only one class, “lying”", "Add a folder of images for a second class")
def one_class_only(place: Place) -> Argv:
    data = place.draw(place.folder / "data")
    for name in ("square", "standing"):
        for path in (data / name).iterdir():
            path.unlink()
        (data / name).rmdir()
    return place.new(data)


@case("none of the images of the class “lying” can be read", "Replace them")
def a_class_of_truncated_images(place: Place) -> Argv:
    data = place.draw(place.folder / "data", per_class=4)
    for path in (data / "lying").iterdir():
        path.write_bytes(path.read_bytes()[:60])
    return ["train", place.project(data=data), "--json"]


@case("/huge.png", "20,000")
def image_of_20000_by_20000(place: Place) -> Argv:
    path = place.folder / "huge.png"
    path.write_bytes(png_header(20_000, 20_000))
    return ["predict", place.run, path]


@case("/notes.png", "image")
def text_named_png(place: Place) -> Argv:
    path = place.folder / "notes.png"
    path.write_text("Dear diary")
    return ["maps", place.run, path, "--layer", "conv1", "--out", place.folder / "m.png"]


@case(r"a\nb.png", "there is no such file")
def missing_image_with_a_newline(place: Place) -> Argv:
    return ["maps", place.run, place.folder / "a\nb.png", "--layer", "conv1", "--out", place.folder / "m.png"]


@case("/moved", "the dataset is not there", "Choose where it is now")
def dataset_moved_since_saving(place: Place) -> Argv:
    data = place.draw(place.folder / "moved")
    project = place.project(data=data)
    data.rename(place.folder / "elsewhere")
    return ["train", project]


@case("no class named “triangle”", "lying, square, standing")
def unknown_class(place: Place) -> Argv:
    return place.new(place.images, "--classes", "lying,triangle")


@case("--classes", "fewer than two")
def one_class_chosen(place: Place) -> Argv:
    return place.new(place.images, "--classes", "lying")


@case("class “extra”, which the network does not know", "lying, square, standing")
def evaluated_on_other_classes(place: Place) -> Argv:
    data = place.draw(place.folder / "data", per_class=3)
    (data / "square").rename(data / "extra")
    return ["evaluate", place.run, "--data", data]


# projects --------------------------------------------------------------------------------------


@case("/gone.convnet: there is no such file", "Check the name")
def no_project(place: Place) -> Argv:
    return ["check", place.folder / "gone.convnet"]


@case("is a folder, not a file")
def project_is_a_folder(place: Place) -> Argv:
    return ["check", place.images]


@case("p.convnet", "is damaged: it cannot be read beyond line", "copy from before")
def project_cut_in_half(place: Place) -> Argv:
    path = place.project()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return ["train", path]


@case("saved by a newer version", "Update the program")
def project_of_a_newer_version(place: Place) -> Argv:
    path = place.project()
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    return ["check", path]


@case("training.nonsense", "not a field that this version knows")
def project_with_an_unknown_field(place: Place) -> Argv:
    path = place.project()
    value = json.loads(path.read_text())
    value["training"]["nonsense"] = 1
    path.write_text(json.dumps(value))
    return ["check", path]


@case("is not text")
def project_is_an_image(place: Place) -> Argv:
    path = place.folder / "image.convnet"
    path.write_bytes((place.images / "lying" / "000.png").read_bytes())
    return ["check", path]


@case("is not a template", "starter")
def unknown_template(place: Place) -> Argv:
    return ["new", "--template", "no such", "--data", place.images, "--out", place.folder / "new.convnet"]


@case("--size", "0x12", "at least 1")
def size_of_nothing(place: Place) -> Argv:
    return place.new(place.images, "--size", "0x12")


@case("--size", "1x1", "“pool1”: ", "Choose another size")
def size_too_small_for_the_template(place: Place) -> Argv:
    return ["new", "--template", "mnist-lenet", "--data", place.images, "--size", "1x1", "--out", "x.convnet"]


@case("/new.json", ".convnet")
def project_name_with_another_suffix(place: Place) -> Argv:
    return ["new", "--template", "starter", "--data", place.images, "--out", place.folder / "new.json"]


@case("there are no images yet", "Choose a folder of images")
def project_without_images(place: Place) -> Argv:
    return ["train", place.project(data=None)]


# networks --------------------------------------------------------------------------------------


@case("conv1", "13×13", "12×12")
def kernel_larger_than_its_input(place: Place) -> Argv:
    return ["train", place.project(change={"conv1": {"kernel": (13, 13), "padding": "valid"}})]


@case("pool1", "12×12")
def layer_that_shrinks_a_volume_to_nothing(place: Place) -> Argv:
    return ["check", place.project(change={"pool1": {"pool": (20, 20), "padding": "valid"}})]


@case("dense1", "14,745,700,000 parameters", "limit is 1,000,000,000", "Use fewer units")
def ten_to_the_tenth_parameters(place: Place) -> Argv:
    from_to = {"conv1": {"filters": 4096}, "dense1": {"units": 100_000}}
    return ["train", place.project(change=from_to)]


@case("dense1", "5", "3")
def another_number_of_classes(place: Place) -> Argv:
    return ["train", place.project(change={"dense1": {"units": 5}})]


@case("the network has no layers", "start from a template")
def no_layers(place: Place) -> Argv:
    return ["train", place.project(layers=[])]


@case("i: ", "the first layer must be an Input", "Enable this Input")
def disabled_input(place: Place) -> Argv:
    return ["train", place.project(layers=[{"kind": "Input", "name": "i", "enabled": False}])]


# runs ------------------------------------------------------------------------------------------


@case("is not a run", "Choose a folder inside a “runs” folder")
def run_folder_that_is_none(place: Place) -> Argv:
    return ["evaluate", place.images]


@case("/gone: is not a run")
def no_run_folder(place: Place) -> Argv:
    return ["animate", place.folder / "gone", "--layer", "conv1", "--out", place.folder / "a.gif"]


@case("is not a run")
def resuming_what_is_no_run(place: Place) -> Argv:
    return ["train", place.project(), "--resume", place.folder]


@case("run.db", "is damaged", "Choose another run")
def damaged_database(place: Place) -> Argv:
    for name in ("run.db-wal", "run.db-shm"):
        (place.run / name).unlink(missing_ok=True)
    (place.run / "run.db").write_bytes(b"SQLite format 3\0" + os.urandom(4000))
    return ["animate", place.run, "--layer", "conv1", "--out", place.folder / "a.gif"]


@case("latest.npz", "is damaged", "Train again")
def checkpoint_cut_in_half(place: Place) -> Argv:
    path = place.run / "checkpoints" / "latest.npz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return ["evaluate", place.run]


@case("latest.npz", "is damaged")
def resuming_a_checkpoint_cut_in_half(place: Place) -> Argv:
    checkpoint_cut_in_half(place)
    return ["train", place.project(), "--resume", place.run, "--epochs", 9]


@case("--layer", "no layer “conv9”", "image, conv1, pool1, flatten1, dense1")
def maps_of_an_unknown_layer(place: Place) -> Argv:
    image = place.images / "lying" / "000.png"
    return ["maps", place.run, image, "--layer", "conv9", "--out", place.folder / "m.png"]


@case("conv9", "Choose one of conv1")
def animation_of_an_unknown_layer(place: Place) -> Argv:
    return ["animate", place.run, "--layer", "conv9", "--out", place.folder / "a.gif"]


@case("filters", "conv1")
def filters_of_a_layer_without_any(place: Place) -> Argv:
    return ["animate", place.run, "--layer", "pool1", "--out", place.folder / "a.gif"]


@case("step 5 was not recorded", "Choose step")
def step_without_a_snapshot(place: Place) -> Argv:
    image = place.images / "lying" / "000.png"
    return ["maps", place.run, image, "--layer", "conv1", "--step", 5, "--out", place.folder / "m.png"]


@case("conv1: has no filter 99", "from 0 to 3")
def unknown_channel(place: Place) -> Argv:
    return ["animate", place.run, "--layer", "conv1", "--channel", 99, "--out", place.folder / "a.gif"]


@case("m.jpg", "ends in .jpg", "Let its name end in .png")
def maps_with_another_suffix(place: Place) -> Argv:
    image = place.images / "lying" / "000.png"
    return ["maps", place.run, image, "--layer", "conv1", "--out", place.folder / "m.jpg"]


@case("a.txt", ".gif, .webp, .png or .mp4")
def animation_with_another_suffix(place: Place) -> Argv:
    return ["animate", place.run, "--layer", "conv1", "--out", place.folder / "a.txt"]


@case("net.txt", "Let its name end in .onnx")
def export_with_another_suffix(place: Place) -> Argv:
    return ["export", place.run, "--to", "onnx", "--out", place.folder / "net.txt"]


@case("already holds a run", "--resume")
def run_folder_that_is_taken(place: Place) -> Argv:
    return ["train", place.project(), "--out", place.run]


@case("is there already, and is no run")
def run_folder_that_holds_something_else(place: Place) -> Argv:
    return ["train", place.project(), "--out", place.images]


# places ----------------------------------------------------------------------------------------


def _file_in_the_way(place: Place) -> Path:
    (place.folder / "file").write_text("in the way")
    return place.folder / "file" / "inside"


@case("/file", "is not a folder")
def project_below_a_file(place: Place) -> Argv:
    return ["new", "--template", "starter", "--data", place.images, "--out", _file_in_the_way(place) / "p.convnet"]


@case("/file", "is not a folder")
def run_below_a_file(place: Place) -> Argv:
    return ["train", place.project(), "--out", _file_in_the_way(place)]


@case("/file", "is not a folder")
def animation_below_a_file(place: Place) -> Argv:
    return ["animate", place.run, "--layer", "conv1", "--out", _file_in_the_way(place) / "a.gif"]


@case("/file", "is not a folder")
def export_below_a_file(place: Place) -> Argv:
    return ["export", place.run, "--to", "keras", "--out", _file_in_the_way(place) / "net.keras"]


@pytest.mark.parametrize("name", CASES)
def test_is_told_in_one_line(cli: Cli, place: Place, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    make, fragments = CASES[name]
    found = cli(*make(place))
    assert found.code == 1, found
    line = found.complaint
    missing = [fragment for fragment in fragments if fragment not in line]
    assert not missing, line
    assert line.endswith("."), line


def _raise(number: int) -> Callable[..., None]:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "can only be read")])
def test_disk_that_does_not_take_the_project(
    cli: Cli, place: Place, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    out = place.folder / "new.convnet"
    out.write_text("what was there before")
    monkeypatch.setattr("guiapp.core.files.os.fsync", _raise(number))
    found = cli(*place.new(place.images))
    assert found.code == 1 and words in found.complaint and str(out) in found.complaint
    assert out.read_text() == "what was there before"
    assert not list(place.folder.glob(".writing-*"))


def test_disk_that_fills_up_while_training(cli: Cli, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run = place.folder / "filled"
    save = checkpoint.save

    def full(*arguments: Any) -> bool:
        if arguments[-1].step:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))
        return save(*arguments)

    monkeypatch.setattr(checkpoint, "save", full)
    found = cli("train", place.project(), "--out", run, "--json")
    assert found.code == 1
    assert found.rows[-1]["event"] == "end" and found.rows[-1]["reason"] == "failed"
    assert "the disk is full" in found.complaint and str(run) in found.complaint
    monkeypatch.undo()
    assert len(RunReader(run).metrics().step) == 4


@pytest.mark.allow_errors
def test_what_nobody_foresaw_is_told_too(cli: Cli, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("guiapp.cli.making.analyse", fail)
    found = cli("check", place.project())
    assert found.code == 1
    assert "did not foresee (ZeroDivisionError: a" in found.complaint


def test_a_failed_command_leaves_nothing(cli: Cli, place: Place) -> None:
    before = set(place.folder.iterdir())
    project = place.project(change={"dense1": {"units": 5}})
    assert cli("train", project, "--out", place.folder / "never").code == 1
    assert cli("train", project).code == 1
    assert set(place.folder.iterdir()) - before == {project}


def test_sentences_are_those_of_user_errors() -> None:
    assert UserError("is wrong", where="a\nb", mend="Mend it").sentence == r"a\nb: is wrong. Mend it."
