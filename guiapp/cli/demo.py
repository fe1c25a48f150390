"""The whole path without a screen, on the sample images."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from guiapp.cli import console
from guiapp.cli.reporting import BarReporter
from guiapp.cli.training import INTERRUPTED, run_training
from guiapp.core import files, project, templates
from guiapp.core.blocks import flat
from guiapp.core.messages import Prediction
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, new_folder
from guiapp.data.opening import open_dataset
from guiapp.data.sample import ensure_sample


def demo(arguments: Namespace) -> int:
    """Walk the whole path on the sample images and write what a person would see."""
    return walk(arguments.out, arguments.epochs, shots=not arguments.no_shots)


def walk(out: Path, epochs: int, *, shots: bool) -> int:
    """Draw the sample, train on it, and write plots, maps, animations, a prediction and screenshots into `out`.

    Raises
    ------
    UserError, OSError
        When training fails, or `out` cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    console.say("1/5  the sample images")
    with console.progress() as progress:
        folder = ensure_sample(progress)
    dataset = open_dataset(folder)
    value = _project(folder, len(dataset.class_names), epochs)
    project.save(value, out / "Shapes.convnet")

    console.say("2/5  training")
    run = new_folder(out / "runs", value.name)
    reporter = BarReporter(run)
    reason = run_training(value, run, reporter.take)
    reporter.end(reason)
    if reason in {"interrupted", "stopped"}:
        return INTERRUPTED
    if reason != "completed":
        raise UserError(reporter.failure or f"training was {reason}", where=run, mend="Run the demo again")

    console.say("3/5  what it learned")
    _pictures(run, out)
    console.say("4/5  a prediction")
    _prediction(run, dataset.absolute(0), out)
    console.say("5/5  the window")
    if shots:
        _screenshots(out)
    console.out(f"{out}: everything is there")
    return 0


def _project(folder: Path, classes: int, epochs: int) -> Project:
    value = templates.load("starter").project("Shapes", str(folder), classes)
    training = type(value.training)(**{**value.training.model_dump(), "epochs": epochs})
    return value.model_copy(update={"training": training})


def _pictures(run: Path, out: Path) -> None:
    from guiapp.visuals.animate import render
    from guiapp.visuals.options import Options
    from guiapp.visuals.plots import curve_png

    reader = RunReader(run)
    curve_png(reader, out / "curves.png")
    first = next(layer.name for layer in flat(reader.project().network).layers if layer.kind == "Conv2D")
    made: tuple[tuple[Literal["filters", "maps"], str], ...] = (("filters", "filters.gif"), ("maps", "maps.gif"))
    for what, name in made:
        with console.progress() as progress:
            render(reader, Options(layer=first, what=what), out / name, _drawing(progress))
        console.out(f"{out / name}: the {what} of {first}, evolving")


def _drawing(progress: console.Progress) -> Callable[[int, int], None]:
    return lambda done, total: progress("Drawing", done, total)


def _prediction(run: Path, image: Path, out: Path) -> None:
    from guiapp.engine.live import load_run
    from guiapp.engine.predict import fitted_image, predict_paths
    from guiapp.visuals.plots import maps_png

    for path, found in predict_paths(run, [image], top=3):
        text = (
            ", ".join(f"{n} {p:.1%}" for n, p in zip(found.classes, found.probabilities, strict=True))
            if isinstance(found, Prediction)
            else found.sentence
        )
        files.write_text(out / "prediction.txt", f"{path}: {text}\n")
        console.out(f"{path.parent.name}/{path.name}: {text}")
    network = load_run(run)
    layer = next(layer.name for layer in network.spec.layers if layer.kind == "Conv2D")
    maps = network.outputs(fitted_image(network, image)[None], [layer])[layer][0].transpose(2, 0, 1)
    maps_png(maps, out / "maps.png", title=f"{layer} · step {network.step:,} · {image.name}")


def _screenshots(out: Path) -> None:
    """Have the window photographed by a process of its own: this one holds TensorFlow, which the window never does."""
    environment = dict(os.environ)
    if sys.platform.startswith("linux") and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [sys.executable, *([] if getattr(sys, "frozen", False) else ["-m", "guiapp"]), "shots"]
    with tempfile.TemporaryDirectory(prefix="convnet-studio-") as config:
        # The person's own window keeps what it remembers.
        environment["CONVNET_STUDIO_CONFIG"] = config
        done = subprocess.run(
            [*command, "--out", str(out / "window")], env=environment, check=False, capture_output=True, text=True
        )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise UserError(
            f"the window could not be photographed: {why}", where="shots", mend="Leave it out with --no-shots"
        )
    console.out(f"{out / 'window'}: every page of the window")
