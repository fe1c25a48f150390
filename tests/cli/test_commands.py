"""Every command on drawn images: what it writes, and that JSON is all there is on stdout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from guiapp.cli import console
from guiapp.cli.arguments import COLORMAPS, parser
from guiapp.core import colormaps, templates
from guiapp.core import project as projects
from guiapp.core.notify import Note
from guiapp.core.runs import RunReader

Cli = Callable[..., Any]
COMMANDS = ("demo", "new", "get", "check", "compare", "train", "evaluate", "predict", "maps", "animate", "export")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(cli: Cli, command: str) -> None:
    found = cli(command, "--help")
    assert found.code == 0 and found.err == ""
    assert found.out.startswith(f"usage: convnet-studio {command}")


def test_help_names_every_command_and_the_exit_codes(cli: Cli) -> None:
    found = cli("--help")
    assert found.code == 0
    assert all(f"\n    {command}" in found.out for command in COMMANDS)
    assert "130 interrupted" in found.out


@pytest.mark.parametrize(
    "argv",
    [
        ["train"],
        ["nonsense"],
        ["check", "a.convnet", "--nonsense"],
        ["train", "a.convnet", "--epochs", "none"],
        ["train", "a.convnet", "--epochs", "0"],
        ["train", "a.convnet", "--out", "a", "--resume", "b"],
        ["new", "--template", "starter", "--data", "d", "--size", "big", "--out", "a.convnet"],
        ["export", "run", "--to", "paper", "--out", "x"],
        ["animate", "run", "--layer", "conv1", "--image", "-1", "--out", "x.gif"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(cli: Cli, argv: list[str]) -> None:
    found = cli(*argv)
    assert found.code == 2 and found.out == ""
    assert found.err.startswith("usage: convnet-studio")


def test_words_of_the_parser_are_those_of_the_program() -> None:
    assert COLORMAPS == colormaps.NAMES
    shown = parser().parse_args(["new", "--template", "x", "--data", "y", "--out", "z"])
    assert shown.run == "making:new"
    for name in templates.names():
        assert name in _help("new")


def test_help_says_whose_project_a_run_goes_on_with() -> None:
    assert "with the project as it was when the run began" in _help("train")


def _help(command: str) -> str:
    for action in parser()._actions:
        if isinstance(action.choices, dict):
            text: str = action.choices[command].format_help()
            return " ".join(text.split())
    raise AssertionError


def test_new_writes_a_project_fitted_to_the_images(cli: Cli, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "a new.convnet"
    found = cli("new", "--template", "mnist-lenet", "--data", images, "--size", "20x16", "--out", out)
    assert found.code == 0 and found.err == ""
    assert "36 images in 3 classes (lying, square, standing)" in found.out
    project = projects.load(out)
    first, last = project.network.layers[0], project.network.layers[-1]
    assert (first.model_dump()["width"], first.model_dump()["height"]) == (20, 16)
    assert last.model_dump()["units"] == 3
    assert project.dataset is not None and project.dataset.path == str(images)


def test_new_takes_only_some_classes(cli: Cli, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "two.convnet"
    assert cli("new", "--template", "starter", "--data", images, "--classes", "standing, lying", "--out", out).code == 0
    project = projects.load(out)
    assert project.dataset is not None and project.dataset.classes == ("lying", "standing")
    assert project.network.layers[-1].model_dump()["units"] == 2


@pytest.mark.parametrize("name", templates.names())
def test_every_template_makes_a_project_without_problems(cli: Cli, images: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / f"{name}.convnet"
    assert cli("new", "--template", name, "--data", images, "--out", out).code == 0
    found = cli("check", out, "--json")
    assert found.code == 0 and len(found.rows) == 1


def test_check_as_json(cli: Cli, trained: Path) -> None:
    found = cli("check", trained.parent / "bars.convnet", "--json")
    assert found.code == 0 and found.err == ""
    (row,) = found.rows
    assert [layer["name"] for layer in row["layers"]] == ["image", "conv1", "pool1", "flatten1", "dense1"]
    assert row["layers"][1] == {
        "name": "conv1",
        "kind": "Conv2D",
        "shape": [12, 12, 4],
        "parameters": 3 * 3 * 3 * 4 + 4,
        "macs": 12 * 12 * 3 * 3 * 3 * 4,
    }
    assert row["parameters"] == sum(layer["parameters"] for layer in row["layers"]) == 112 + 144 * 3 + 3
    assert row["macs"] == sum(layer["macs"] for layer in row["layers"])
    assert row["problems"] == []


def test_check_as_a_table(cli: Cli, trained: Path) -> None:
    found = cli("check", trained.parent / "bars.convnet")
    assert found.code == 0
    assert "conv1     Conv2D        12×12×4         112         15,552" in found.out
    assert found.out.splitlines()[-1].startswith("total")


def test_check_lists_problems_with_their_repairs(cli: Cli, write_project: Callable[..., Path], tmp_path: Path) -> None:
    path = write_project(tmp_path / "p.convnet", change={"dense1": {"units": 5}})
    found = cli("check", path, "--json")
    assert found.code == 1
    (row,) = found.rows
    (problem,) = [p for p in row["problems"] if p["repair"]]
    assert problem["layer"] == "dense1" and problem["repair"]
    assert str(path) in found.complaint and "dense1" in found.complaint


def test_check_tells_a_problem_once_with_its_layer_and_repair(
    cli: Cli, write_project: Callable[..., Path], tmp_path: Path
) -> None:
    change = {"dense1": {"units": 5, "activation": "relu"}}
    project = write_project(tmp_path / "p.convnet", change=change)
    (first, *more) = cli("check", project, "--json").rows[0]["problems"]
    found = cli("check", project)
    assert found.code == 1 and first["text"] not in found.out
    assert f"p.convnet: “{first['layer']}”: {first['text']}" in found.complaint and first["repair"] in found.complaint
    assert more and all(f"{problem['layer']}: {problem['text']}" in found.out for problem in more)


def test_train_as_json(cli: Cli, write_project: Callable[..., Path], tmp_path: Path) -> None:
    run = tmp_path / "run"
    found = cli("train", write_project(tmp_path / "p.convnet"), "--epochs", 3, "--seed", 7, "--out", run, "--json")
    assert found.code == 0 and found.err == ""
    steps = [row for row in found.rows if row["event"] == "step"]
    assert [row["step"] for row in steps] == list(range(1, 13))
    assert [row["epoch"] for row in steps] == [0] * 4 + [1] * 4 + [2] * 4
    assert all(set(row) == {"event", "step", "epoch", "loss", "accuracy"} for row in steps)
    epochs = [row for row in found.rows if row["event"] == "epoch"]
    assert [row["epoch"] for row in epochs] == [0, 1, 2]
    assert set(epochs[0]) == {"event", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert found.rows[-1] == {"event": "end", "reason": "completed", "run": str(run), "steps": 12}
    assert RunReader(run).project().training.seed == 7
    assert RunReader(run).reason() == "completed"


def test_train_stops_after_some_steps_and_goes_on(cli: Cli, write_project: Callable[..., Path], tmp_path: Path) -> None:
    project = write_project(tmp_path / "p.convnet")
    run = tmp_path / "run"
    assert cli("train", project, "--steps", 3, "--out", run).code == 0
    found = cli("train", project, "--resume", run, "--steps", 7, "--json")
    assert found.code == 0
    assert [row["step"] for row in found.rows if row["event"] == "step"] == [4, 5, 6, 7]
    assert RunReader(run).metrics().step.tolist() == list(range(1, 8))


def test_train_in_words_in_a_folder_of_its_own(cli: Cli, write_project: Callable[..., Path], tmp_path: Path) -> None:
    found = cli("train", write_project(tmp_path / "p.convnet"), "--epochs", 1)
    assert found.code == 0 and found.err == ""
    lines = found.out.splitlines()
    assert lines[0] == "27 training and 9 validation images; 4 steps, 4 an epoch"
    assert lines[1].startswith("epoch 1: loss ")
    (run,) = (tmp_path / "runs").iterdir()
    assert lines[-1] == f"completed: {run}"


@pytest.mark.parametrize("command", ["evaluate", "predict", "maps", "export"])
def test_the_best_checkpoint_can_be_asked_for(
    cli: Cli, run_copy: Path, images: Path, tmp_path: Path, command: str
) -> None:
    image = next(images.rglob("*.png"))
    argv: list[object] = {
        "evaluate": ["evaluate", run_copy],
        "predict": ["predict", run_copy, image],
        "maps": ["maps", run_copy, image, "--layer", "conv1", "--out", tmp_path / "maps.png"],
        "export": ["export", run_copy, "--to", "keras", "--out", tmp_path / "network.keras"],
    }[command]
    assert cli(*argv, "--best").code == 0
    (run_copy / "checkpoints" / "best.npz").unlink()
    found = cli(*argv, "--best")
    assert found.code == 1
    assert found.complaint.endswith("has no best checkpoint: no epoch has ended. Use the latest, or train longer.")
    assert cli(*argv).code == 0


def test_one_of_step_and_best_is_wanted(cli: Cli, trained: Path) -> None:
    assert cli("maps", trained, "x.png", "--layer", "conv1", "--step", "3", "--best", "--out", "x.png").code == 2


def test_resuming_finds_images_that_have_moved(
    cli: Cli, write_project: Callable[..., Path], draw: Callable[..., Path], tmp_path: Path
) -> None:
    data = draw(tmp_path / "here")
    run = tmp_path / "run"
    assert cli("train", write_project(tmp_path / "p.convnet", data=data), "--steps", 2, "--out", run).code == 0
    data.rename(tmp_path / "there")
    moved = write_project(tmp_path / "p.convnet", data=tmp_path / "there")
    assert cli("train", moved, "--resume", run, "--steps", 4).code == 0
    assert RunReader(run).steps() == 4


def test_evaluate(cli: Cli, trained: Path, images: Path) -> None:
    found = cli("evaluate", trained, "--data", images, "--json")
    assert found.code == 0 and found.err == ""
    (row,) = found.rows
    assert row["classes"] == ["lying", "square", "standing"] and row["images"] == 36
    confusion = np.array(row["confusion"])
    assert confusion.sum(axis=1).tolist() == [12, 12, 12]
    assert row["accuracy"] == pytest.approx(np.trace(confusion) / 36)
    words = cli("evaluate", trained)
    assert words.code == 0 and words.out.startswith("9 validation images: loss ")


def test_predict(cli: Cli, trained: Path, images: Path, tmp_path: Path) -> None:
    odd = tmp_path / "an image\nof a “bär”.png"
    odd.write_bytes((images / "lying" / "000.png").read_bytes())
    found = cli("predict", trained, odd, images / "square", "--top", 2, "--json")
    assert found.code == 0 and found.err == ""
    assert [row["image"] for row in found.rows] == [str(odd), *(str(p) for p in sorted((images / "square").iterdir()))]
    assert all(len(row["top"]) == 2 for row in found.rows)
    assert found.rows[0]["top"][0]["probability"] >= found.rows[0]["top"][1]["probability"] > 0
    words = cli("predict", trained, odd)
    assert words.code == 0 and len(words.out.splitlines()) == 1 and "lying" in words.out


def test_predict_goes_on_after_a_bad_image(cli: Cli, trained: Path, images: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("no image")
    found = cli("predict", trained, text, tmp_path / "missing.png", images / "lying" / "000.png", "--json")
    assert found.code == 1
    first, second, third = found.rows
    assert str(text) in first["error"] and "no such file" in second["error"] and len(third["top"]) == 3
    assert "2 of 3 images" in found.complaint


def test_predict_takes_images_that_lie_together_in_a_file(cli: Cli, trained: Path, tmp_path: Path) -> None:
    together = tmp_path / "digits.npz"
    pictures = np.random.default_rng(1).integers(0, 256, (40, 14, 14), np.uint8)
    np.savez(together, x_train=pictures, y_train=np.arange(40) % 2)
    found = cli("predict", trained, together, "--json")
    assert found.code == 0, found.err
    assert len(found.rows) == 40
    assert found.rows[39]["image"].startswith(str(together)) and found.rows[39]["image"].endswith("#39")
    assert found.rows[39]["image"].count("digits.npz") == 1
    assert all(len(row["top"]) == 3 for row in found.rows)


def test_predict_says_that_an_archive_is_one(cli: Cli, trained: Path, tmp_path: Path) -> None:
    packed = tmp_path / "pets.zip"
    packed.write_bytes(b"PK\x05\x06" + bytes(18))
    assert "is a packed archive. Unpack it" in cli("predict", trained, packed).complaint
    words = tmp_path / "notes.txt"
    words.write_text("Nothing to see.")
    assert "is not an image" in cli("predict", trained, words).complaint
    (tmp_path / "none").mkdir()
    assert "holds no images" in cli("predict", trained, tmp_path / "none").complaint


@pytest.mark.parametrize("name", ["missing.png", "empty.png"])
def test_predict_refuses_what_is_not_there_without_the_engine(
    cli: Cli, trained: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.png").touch()
    monkeypatch.setattr("guiapp.cli.console.quiet_engine", lambda: pytest.fail("the engine was asked for"))
    found = cli("predict", trained, tmp_path / name, "--json")
    assert found.code == 1
    assert found.rows[0]["error"] in found.complaint


@pytest.mark.parametrize(("layer", "step"), [("conv1", None), ("conv1", 3), ("dense1", None)])
def test_maps(cli: Cli, trained: Path, images: Path, tmp_path: Path, layer: str, step: int | None) -> None:
    out = tmp_path / "maps.png"
    at = [] if step is None else ["--step", step]
    found = cli("maps", trained, images / "lying" / "000.png", "--layer", layer, *at, "--out", out)
    assert found.code == 0 and found.err == ""
    with Image.open(out) as picture:
        assert picture.format == "PNG" and min(picture.size) > 20
        assert len(np.unique(np.asarray(picture))) > 4


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
@pytest.mark.parametrize("what", ["filters", "maps"])
def test_animate(cli: Cli, trained: Path, tmp_path: Path, what: str, suffix: str) -> None:
    out = tmp_path / f"film{suffix}"
    found = cli("animate", trained, "--layer", "conv1", "--what", what, "--out", out)
    assert found.code == 0 and found.err == ""
    with Image.open(out) as film:
        assert getattr(film, "n_frames", 1) == 4  # snapshots at 0, 3, 6 and 8
    assert "4 frames" in found.out


def test_animate_one_map_beginning_with_the_image(cli: Cli, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.gif"
    options = ["--what", "maps", "--channel", 2, "--image", 1, "--begin-with-image", "--no-caption", "--enlarge", 4]
    found = cli("animate", trained, "--layer", "conv1", *options, "--colormap", "grey", "--out", out)
    assert found.code == 0
    with Image.open(out) as film:
        assert film.size == (48, 48)
        first = np.asarray(film.convert("RGB"))
        film.seek(film.n_frames - 1)  # type: ignore[attr-defined]
        assert not np.array_equal(first, np.asarray(film.convert("RGB")))


@pytest.mark.parametrize(("to", "suffix"), [("keras", ".keras"), ("python", ".py"), ("savedmodel", "")])
def test_export(cli: Cli, trained: Path, tmp_path: Path, to: str, suffix: str) -> None:
    out = tmp_path / f"net{suffix}"
    found = cli("export", trained, "--to", to, "--out", out)
    assert found.code == 0 and found.err == ""
    assert out.exists() and str(out) in found.out


def test_names_with_spaces_newlines_and_other_letters(
    cli: Cli, draw: Callable[..., Path], write_project: Callable[..., Path], tmp_path: Path
) -> None:
    data = draw(tmp_path / "Bilder für\nalle")
    (data / "lying").rename(data / "auf dem\nRücken")
    (data / "square" / "000.png").rename(data / "square" / "名前 \n 1.png")
    project = tmp_path / "ein projekt\nmit 名前.convnet"
    found = cli("new", "--template", "starter", "--data", data, "--size", "12x12", "--out", project)
    assert found.code == 0 and len(found.out.splitlines()) == 1 and found.err == ""
    run = tmp_path / "ein\nlauf"
    found = cli("train", project, "--epochs", 1, "--out", run, "--json")
    assert found.code == 0 and found.rows[-1]["run"] == str(run)
    found = cli("evaluate", run, "--json")
    assert found.code == 0 and "auf dem\nRücken" in found.rows[0]["classes"]


def test_damaged_images_are_left_out_and_named(
    cli: Cli, draw: Callable[..., Path], write_project: Callable[..., Path], tmp_path: Path
) -> None:
    data = draw(tmp_path / "data")
    whole = (data / "lying" / "001.png").read_bytes()
    (data / "lying" / "001.png").write_bytes(whole[: len(whole) // 2])
    (data / "square" / "002.png").write_text("this is a text")
    found = cli("train", write_project(tmp_path / "p.convnet", data=data), "--steps", 2, "--json")
    assert found.code == 0 and found.rows[-1]["reason"] == "completed"
    assert "2 images were left out" in found.err and "lying/001.png" in found.err


def test_a_class_with_one_image_is_told(
    cli: Cli, draw: Callable[..., Path], write_project: Callable[..., Path], tmp_path: Path
) -> None:
    data = draw(tmp_path / "data")
    for path in list((data / "standing").iterdir())[1:]:
        path.unlink()
    project = write_project(tmp_path / "p.convnet", data=data)
    for argv in (["check", project, "--json"], ["train", project, "--steps", 1, "--json"]):
        found = cli(*argv)
        assert found.code == 0
        assert "“standing” has only one image" in found.err


def test_numbers_that_json_does_not_know_become_null(capsys: pytest.CaptureFixture[str]) -> None:
    console.out_json({"a": float("nan"), "b": [np.float64("inf"), np.int64(3)], "c": np.arange(2)})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 3], "c": [0, 1]}


def test_notes_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_note(Note("warning", "Something."))
    console.show_note(Note("info", "Else."))
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err == "warning: Something.\nElse.\n"


def test_bars_only_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, int | None]] = []

    class Bar:
        n = 0

        def __init__(self, desc: str, total: int | None, **options: object) -> None:
            made.append((desc, total))

        def update(self, n: int) -> None:
            self.n += n

        def close(self) -> None:
            made.append(("closed", self.n))

    monkeypatch.setattr("tqdm.tqdm", Bar)
    with console.progress() as progress:
        progress("Reading", 1, 2)
    assert made == []
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with console.progress() as progress:
        progress("Reading", 1, 2)
        progress("Reading", 2, 2)
        progress("Decoding", 1, 0)
    assert made == [("Reading", 2), ("closed", 2), ("Decoding", None), ("closed", 1)]
    assert capsys.readouterr().out == ""
