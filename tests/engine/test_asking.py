"""Prediction, evaluation and networks of past steps, out of a run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core.messages import Prediction, Which
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import Cancelled, UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine import checkpoint
from guiapp.engine.control import Control
from guiapp.engine.evaluate import evaluate
from guiapp.engine.live import load_run
from guiapp.engine.models import Models
from guiapp.engine.pipeline import prepare
from guiapp.engine.predict import fitted_image, predict, predict_paths
from guiapp.engine.train import train

WHICH: tuple[Which, ...] = ("best", "latest")


@pytest.fixture(scope="module")
def run(images: Path, tmp_path_factory: pytest.TempPathFactory, small: Callable[..., NetworkSpec]) -> Path:
    project = Project.model_validate(
        {
            "name": "Bars",
            "dataset": {"path": str(images), "validation": 0.25},
            "network": small(scaling="per channel"),
            "training": {"batch": 8, "epochs": 12, "snapshot_every": 10, "learning_rate": 0.01},
        }
    )
    store = RunWriter(tmp_path_factory.mktemp("asking") / "run")
    assert train(project, prepare(project), store, lambda event: None, Control()) == "completed"
    store.close()
    return store.folder


def test_predicts_with_the_names_of_the_classes(run: Path, images: Path) -> None:
    network = load_run(run)
    found = predict(network, str(images / "lying" / "003.png"), top=2)
    assert len(found.classes) == 2 and found.probabilities[0] >= found.probabilities[1]
    assert set(found.classes) <= {"lying", "square", "standing"}
    assert found.seen.shape == (12, 12, 3) and found.step == 84
    pasted = predict(network, (images / "lying" / "003.png").read_bytes(), top=9)
    assert pasted.classes[:2] == found.classes and sum(pasted.probabilities) == pytest.approx(1, abs=1e-5)


def test_predicts_folders_and_says_what_cannot_be_read(run: Path, images: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no image")
    (tmp_path / "empty").mkdir()
    asked = [images / "square", tmp_path / "bad.png", tmp_path / "gone.png", tmp_path / "empty"]
    found = dict(predict_paths(run, asked, top=1))
    assert len(found) == 27
    good = {path: value for path, value in found.items() if isinstance(value, Prediction)}
    assert set(good) == set((images / "square").iterdir())
    for name, word in (("bad.png", "not an image"), ("gone.png", "no such file"), ("empty", "no images")):
        problem = found[tmp_path / name]
        assert isinstance(problem, UserError) and word in problem.sentence
    network = load_run(run)
    one = predict(network, images / "square" / "007.png", top=1)
    assert found[images / "square" / "007.png"].probabilities == pytest.approx(one.probabilities, abs=1e-5)  # type: ignore[union-attr]


def test_evaluates_the_validation_split(run: Path) -> None:
    found = evaluate(run)
    assert (found.split, found.images) == ("validation", 18)
    assert found.classes == ("lying", "square", "standing")
    assert found.confusion.sum() == 18 and found.confusion.sum(axis=1).tolist() == [6, 6, 6]
    assert found.accuracy == pytest.approx(np.trace(found.confusion) / 18)
    last = RunReader(run).epochs()[-1]
    assert found.loss == pytest.approx(last.val_loss, rel=1e-3)
    assert found.accuracy == pytest.approx(last.val_accuracy)


def test_evaluates_other_images_by_the_names_of_their_classes(
    run: Path, tmp_path: Path, draw: Callable[[Path], Path]
) -> None:
    folder = draw(tmp_path / "more")
    for path in (folder / "lying").iterdir():
        path.unlink()
    (folder / "lying").rmdir()
    found = evaluate(run, folder)
    assert (found.split, found.images) == ("all", 48)
    assert found.confusion.sum(axis=1).tolist() == [0, 24, 24]
    (folder / "square").rename(folder / "cube")
    with pytest.raises(UserError, match="class “cube”, which the network does not know"):
        evaluate(run, folder)
    with pytest.raises(Cancelled):
        evaluate(run, cancel=lambda: True)


def test_past_steps_come_from_the_snapshots(run: Path) -> None:
    reader = RunReader(run)
    past = load_run(run, step=20)
    kernel = reader.array(20, "weights", "conv1/kernel")
    assert past.step == 20 and kernel is not None
    assert np.array_equal(past.weights("conv1")["kernel"], kernel.astype(np.float32))
    with pytest.raises(UserError, match=r"step 23 was not recorded. Choose step 20"):
        load_run(run, step=23)


def test_the_best_checkpoint_is_that_of_the_best_epoch(run: Path, images: Path) -> None:
    epochs = RunReader(run).epochs()
    best = epochs[int(np.argmax([row.val_accuracy for row in epochs]))]
    assert best.step < epochs[-1].step, "else this shows nothing"
    assert load_run(run, which="best").step == best.step
    assert evaluate(run, which="best").accuracy == pytest.approx(best.val_accuracy)
    ((_, found),) = predict_paths(run, [images / "lying" / "003.png"], which="best")
    assert isinstance(found, Prediction) and found.step == best.step
    models = Models()
    assert [models.ask(str(run), None, lambda network: network.step, which) for which in WHICH] == [
        best.step,
        epochs[-1].step,
    ]


def test_a_run_without_a_best_checkpoint_says_so(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    (copy / "checkpoints" / "best.npz").unlink()
    with pytest.raises(UserError, match=r"run: has no best checkpoint: no epoch has ended\. Use the latest"):
        load_run(copy, which="best")
    assert load_run(copy).step == 84


def test_a_kill_before_the_best_was_copied_is_made_good(run: Path, tmp_path: Path) -> None:
    latest, best = tmp_path / "latest.npz", tmp_path / "best.npz"

    def write(path: Path, **progress: float) -> None:
        with np.load(run / "checkpoints" / "latest.npz") as stored:
            arrays: dict[str, Any] = dict(stored)
        np.savez(path, **(arrays | {f"progress/{name}": np.array(value) for name, value in progress.items()}))

    write(latest, best=2.0, position=0)
    write(best, best=0.5)
    progress = checkpoint.read(latest).progress
    checkpoint.match_best(tmp_path, progress)
    assert progress.best == checkpoint.read(best).progress.best == 2.0
    write(best, best=0.5)
    progress.position = 3
    checkpoint.match_best(tmp_path, progress)
    assert progress.best == checkpoint.read(best).progress.best == 0.5
    best.write_bytes(b"damaged")
    checkpoint.match_best(tmp_path, progress)
    assert progress.best == -1


def test_a_pinned_image_is_known_even_when_its_file_is_gone(run: Path, images: Path) -> None:
    network = load_run(run)
    pinned = Path(RunReader(run).project().pinned[1])
    expected = fitted_image(network, pinned)
    aside = pinned.with_suffix(".aside")
    pinned.rename(aside)
    try:
        assert np.array_equal(fitted_image(network, str(pinned)), expected)
    finally:
        aside.rename(pinned)
    with pytest.raises(UserError):
        fitted_image(network, str(images / "gone.png"))


def test_a_damaged_checkpoint_is_said_in_words(run: Path, tmp_path: Path) -> None:
    whole = (run / "checkpoints" / "latest.npz").read_bytes()
    for data in (whole[: len(whole) // 2], b"", b"nonsense"):
        (tmp_path / "latest.npz").write_bytes(data)
        with pytest.raises(UserError, match="damaged"):
            checkpoint.read(tmp_path / "latest.npz")


def test_networks_are_kept_until_the_run_goes_on(run: Path) -> None:
    models = Models()
    first = models.ask(str(run), None, lambda network: network)
    assert models.ask(str(run), None, lambda network: network) is first
    (run / "checkpoints" / "latest.npz").touch()
    assert models.ask(str(run), None, lambda network: network) is not first
    with pytest.raises(UserError, match="not a run"):
        models.ask(str(run.parent), None, lambda network: network)
