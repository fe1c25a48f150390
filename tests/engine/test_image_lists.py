"""The list of images that a run keeps: what is written, and who respects it."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from guiapp.core import notify
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.messages import Prediction
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import ListedImage, RunReader, RunWriter
from guiapp.data.dataset import Dataset
from guiapp.engine.checkpoint import read
from guiapp.engine.control import Control
from guiapp.engine.evaluate import evaluate
from guiapp.engine.listing import arrange_as_listed
from guiapp.engine.pipeline import prepare
from guiapp.engine.predict import predict_paths
from guiapp.engine.running import train_run

MakeProject = Callable[..., Project]


@pytest.fixture
def notes() -> Iterator[list[str]]:
    found: list[str] = []
    stop = notify.listen(lambda note: found.append(note.text))
    yield found
    stop()


@pytest.fixture
def folder(tmp_path: Path, draw: Callable[[Path], Path]) -> Path:
    return draw(tmp_path / "bars")


@pytest.fixture
def project(make_project: MakeProject, folder: Path) -> Project:
    made = make_project(max_steps=2, test=0.25)
    assert made.dataset is not None
    return made.model_copy(update={"dataset": made.dataset.model_copy(update={"path": str(folder)})})


def trained(project: Project, run: Path, **options: Any) -> list[ListedImage]:
    train_run(project, run, lambda _event: None, Control(), **options)
    found = RunReader(run).images()
    assert found is not None
    return found


def with_steps(project: Project, steps: int) -> Project:
    return project.model_copy(update={"training": project.training.model_copy(update={"max_steps": steps})})


def splits_of(found: list[ListedImage]) -> dict[str, str]:
    return {image.path: image.split for image in found}


def test_every_image_is_listed_with_its_class_and_split(project: Project, tmp_path: Path) -> None:
    (tmp_path / "bars" / "lying" / "003.png").write_text("no image")
    assert project.dataset is not None
    project = project.model_copy(
        update={"dataset": project.dataset.model_copy(update={"excluded": ("square/001.png",)})}
    )
    found = trained(project, tmp_path / "run")
    data = prepare(project)
    assert len(found) == 72 and all(image.path.startswith(f"{image.class_name}/") for image in found)
    by_split = {name: [row for row, image in enumerate(found) if image.split == name] for name in ("train", "test")}
    assert by_split == {"train": data.train.tolist(), "test": data.test.tolist()}
    unused = [image.path for image in found if image.split == "not used"]
    assert unused == ["lying/003.png", "square/001.png"]


def test_the_same_list_gives_the_same_bytes(project: Project, tmp_path: Path) -> None:
    trained(project, tmp_path / "a")
    trained(project, tmp_path / "b")
    one, two = ((tmp_path / name / "images.csv.gz").read_bytes() for name in "ab")
    assert one == two
    assert gzip.decompress(one).decode().splitlines()[0] == "path,class_name,split"


def test_any_name_comes_back(tmp_path: Path) -> None:
    names = ['quo"te', "com,ma", "line\nbreak", "re\rturn", "both\r\n", " space ", "Ü/ß.png", "=1+1"]
    if os.name == "posix":
        names.append(os.fsdecode(b"caf\xe9.png"))
    images = [ListedImage(name, name[:2], "train") for name in names]
    store = RunWriter(tmp_path / "run")
    store.images(images)
    store.close()
    assert RunReader(tmp_path / "run").images() == images


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"path,class\r\n"), gzip.compress(b"path,class_name,split\r\na,b\r\n")],
    ids=["empty", "no gzip", "too few columns", "too few cells"],
)
def test_a_damaged_list_is_refused_with_the_mend(tmp_path: Path, content: bytes) -> None:
    RunWriter(tmp_path / "run").close()
    (tmp_path / "run" / "images.csv.gz").write_bytes(content)
    with pytest.raises(UserError, match=r"images\.csv\.gz.* is damaged.*divided afresh"):
        RunReader(tmp_path / "run").images()


def test_a_cut_list_is_refused(project: Project, tmp_path: Path) -> None:
    trained(project, tmp_path / "run")
    path = tmp_path / "run" / "images.csv.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match="is damaged"):
        trained(with_steps(project, 3), tmp_path / "run", resume=True)


def test_going_on_keeps_the_splits_whatever_was_added(
    project: Project, folder: Path, tmp_path: Path, notes: list[str]
) -> None:
    before = trained(project, tmp_path / "run")
    for name in ("lying", "square", "standing"):
        for i in range(40):
            shutil.copy(folder / name / "000.png", folder / name / f"a{i:02}.png")
    fresh, kept = prepare(project), prepare(project, run=tmp_path / "run")
    assert len(fresh.labels) == 192 and len(kept.labels) == 72
    assert kept.listing is not None and splits_of(list(kept.listing)) == splits_of(before)
    assert trained(with_steps(project, 3), tmp_path / "run", resume=True) == before
    assert notes == []


def test_going_on_is_exact_though_images_were_added(project: Project, folder: Path, tmp_path: Path) -> None:
    whole = with_steps(project, 5)
    trained(whole, tmp_path / "whole")
    trained(project, tmp_path / "parts")
    shutil.copy(folder / "lying" / "000.png", folder / "lying" / "0.png")
    trained(whole, tmp_path / "parts", resume=True)
    one, two = (read(tmp_path / name / "checkpoints" / "latest.npz").model for name in ("whole", "parts"))
    assert all(np.allclose(array, two[name], atol=1e-5) for name, array in one.items())


def test_images_that_are_gone_are_told_of_once(
    project: Project, folder: Path, tmp_path: Path, notes: list[str]
) -> None:
    before = trained(project, tmp_path / "run")
    used = [image.path for image in before if image.split == "train"]
    for path in used[:2]:
        (folder / path).unlink()
    data = prepare(project, run=tmp_path / "run")
    assert len(data.train) == len(used) - 2
    assert data.listing is not None
    assert splits_of(list(data.listing)) == {k: v for k, v in splits_of(before).items() if k not in used[:2]}
    assert notes == [f"Of the images that this run was trained on, 2 are not there any more, for example {used[0]}."]


def test_numbers_of_images_that_are_no_longer_there_do_not_stop_it(
    project: Project, folder: Path, tmp_path: Path
) -> None:
    counts = {"divide": "counts", "train_images": 40, "validation_images": 20, "test_images": 12}
    assert project.dataset is not None
    project = project.model_copy(update={"dataset": project.dataset.model_copy(update=counts)})
    before = trained(project, tmp_path / "run")
    (folder / before[0].path).unlink()
    data = prepare(project, run=tmp_path / "run")
    assert len(data.train) + len(data.validation) + len(data.test) == 71


def test_a_run_without_a_list_is_dealt_out_again_and_gets_one(project: Project, tmp_path: Path) -> None:
    before = trained(project, tmp_path / "run")
    (tmp_path / "run" / "images.csv.gz").unlink()
    assert trained(with_steps(project, 3), tmp_path / "run", resume=True) == before


def test_evaluation_asks_the_listed_images(project: Project, folder: Path, tmp_path: Path) -> None:
    found = trained(project, tmp_path / "run")
    for i in range(30):
        shutil.copy(folder / "lying" / "000.png", folder / "lying" / f"b{i}.png")
    told = evaluate(tmp_path / "run")
    assert told.split == "test" and told.images == sum(image.split == "test" for image in found)
    assert told.confusion.sum(axis=1).tolist() == [6, 6, 6]
    (tmp_path / "run" / "images.csv.gz").unlink()
    assert evaluate(tmp_path / "run").confusion.sum(axis=1).tolist() != [6, 6, 6]


def test_evaluation_of_other_images_knows_the_new_names_of_classes(
    project: Project, folder: Path, tmp_path: Path
) -> None:
    assert project.dataset is not None
    renamed = project.dataset.model_copy(update={"renamed": {"lying": "flat"}})
    trained(project.model_copy(update={"dataset": renamed}), tmp_path / "run")
    assert evaluate(tmp_path / "run", folder).classes == ("flat", "square", "standing")
    (folder / "lying").rename(folder / "flat")
    assert evaluate(tmp_path / "run", folder).images == 72
    (folder / "flat").rename(folder / "odd")
    with pytest.raises(UserError, match="“odd”, which the network does not know"):
        evaluate(tmp_path / "run", folder)


def dataset_of(paths: tuple[str, ...], names: tuple[str, ...], labels: list[int]) -> Dataset:
    return Dataset(Path("here"), "class_folders", names, paths, np.array(labels, np.int32), None, None)


def test_classes_keep_the_numbers_that_the_network_knows(notes: list[str]) -> None:
    settings = DatasetSettings(path="here", classes=("b", "a"))
    listed = [ListedImage("1", "b", "train"), ListedImage("2", "a", "validation"), ListedImage("3", "a", "test")]
    found = arrange_as_listed(dataset_of(("3", "2", "1", "0"), ("a", "b"), [0, 0, 1, 1]), settings, listed)
    assert found.active.paths == ("1", "2", "3") and found.active.class_names == ("b", "a")
    assert found.active.labels.tolist() == [0, 1, 1] and found.splits.tolist() == [0, 1, 2]
    assert found.rows.tolist() == [2, 1, 0]
    assert notes == []


def test_images_in_another_class_are_told_of(notes: list[str]) -> None:
    listed = [ListedImage("1", "a", "train"), ListedImage("2", "b", "train"), ListedImage("9", "b", "not used")]
    arrange_as_listed(dataset_of(("1", "2"), ("a", "b"), [1, 1]), DatasetSettings(path="here"), listed)
    assert notes == ["Of the images that this run was trained on, 1 is in another class now, for example 1."]


def test_two_hundred_thousand_images_are_listed_in_little_room(tmp_path: Path) -> None:
    count = 200_000
    store = RunWriter(tmp_path / "run")
    store.images(ListedImage(f"class {i % 7}/{i:06}.png", f"class {i % 7}", "train") for i in range(count))
    store.close()
    found = RunReader(tmp_path / "run").images()
    assert found is not None and len(found) == count
    assert (tmp_path / "run" / "images.csv.gz").stat().st_size < 2_000_000
    assert sum(map(sys.getsizeof, {id(image.class_name): image.class_name for image in found}.values())) < 1000


def test_the_run_keeps_how_its_images_were_read(project: Project, tmp_path: Path) -> None:
    trained(project, tmp_path / "run")
    kept = RunReader(tmp_path / "run").project().dataset
    assert kept is not None and kept.importer == "class_folders"


def test_a_table_is_read_in_the_same_way_again(project: Project, folder: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    (flat / "all").mkdir(parents=True)
    rows = ["id,label"]
    for path in sorted(folder.rglob("*.png")):
        name = f"{path.parent.name[:2]}{path.stem}"
        shutil.copy(path, flat / "all" / f"{name}.png")
        rows.append(f"{name},{path.parent.name}")
    (flat / "labels.csv").write_text("\n".join(rows) + "\n")
    assert project.dataset is not None
    project = project.model_copy(update={"dataset": project.dataset.model_copy(update={"path": str(flat)})})
    before = trained(project, tmp_path / "run")
    kept = RunReader(tmp_path / "run").project()
    assert kept.dataset is not None and kept.dataset.importer == "table"
    assert kept.dataset.options["table"] == "labels.csv" and kept.dataset.options["label_column"] == "label"
    (flat / "train_labels.csv").write_text("\n".join(row.replace("lying", "square") for row in rows) + "\n")
    assert trained(with_steps(kept, 3), tmp_path / "run", resume=True) == before
    assert evaluate(tmp_path / "run", folder).images == 72


def test_images_that_are_parts_of_one_file_are_pinned_again(
    project: Project, folder: Path, tmp_path: Path, notes: list[str]
) -> None:
    idx = tmp_path / "idx"
    idx.mkdir()
    paths = sorted(folder.rglob("*.png"))
    pixels = np.stack([np.array(Image.open(path)) for path in paths])
    names = sorted({path.parent.name for path in paths})
    labels = bytes(names.index(path.parent.name) for path in paths)
    shape = struct.pack(">4I", *pixels.shape)
    (idx / "train-images-idx4-ubyte").write_bytes(b"\0\0\x08\x04" + shape + pixels.tobytes())
    (idx / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + struct.pack(">I", 72) + labels)
    assert project.dataset is not None
    project = project.model_copy(update={"dataset": project.dataset.model_copy(update={"path": str(idx)})})
    trained(project, tmp_path / "run")
    kept = RunReader(tmp_path / "run").project()
    assert len(kept.pinned) == 2 and all("train-images" in path for path in kept.pinned)
    again = prepare(kept, run=tmp_path / "run")
    assert again.pinned_paths == kept.pinned
    for path, pinned in zip(kept.pinned, again.pinned, strict=True):
        assert np.array_equal(pinned, pixels[int(path.rpartition("#")[2])])
        ((_, found),) = predict_paths(tmp_path / "run", [path])
        assert isinstance(found, Prediction)
    assert notes == []


def test_a_run_of_which_no_image_is_left_says_so(notes: list[str]) -> None:
    listed = [ListedImage("1", "a", "train"), ListedImage("2", "b", "train")]
    others = dataset_of(("3", "4"), ("a", "b"), [0, 1])
    with pytest.raises(UserError, match=r"none of the 2 images that this run was trained on .*[Pp]ut them back"):
        arrange_as_listed(others, DatasetSettings(path="here"), listed)
    assert notes == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_folder_whose_name_is_no_text_can_be_evaluated(project: Project, folder: Path, tmp_path: Path) -> None:
    trained(project, tmp_path / "run")
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    shutil.copytree(folder, odd)
    assert evaluate(tmp_path / "run", odd).images == 72
