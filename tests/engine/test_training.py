"""Training as a plain function: order of events, exact resume, stopping, snapshots, failures."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core import notify
from guiapp.core.layers import create
from guiapp.core.layers.parts import Regularizer
from guiapp.core.messages import Ended, Epoch, Event, Snapshot, Started, State, Steps
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine import backend, memory, snapshots
from guiapp.engine.build import build
from guiapp.engine.checkpoint import read
from guiapp.engine.control import Control
from guiapp.engine.live import LiveModel, load_run
from guiapp.engine.pipeline import TrainingData, prepare
from guiapp.engine.train import train

MakeProject = Callable[..., Project]


@pytest.fixture
def data(make_project: MakeProject) -> TrainingData:
    return prepare(make_project())


def run_training(
    project: Project,
    data: TrainingData,
    folder: Path,
    take: Callable[[Event], None] = lambda event: None,
    control: Control | None = None,
    **options: Any,
) -> tuple[str, list[Event]]:
    events: list[Event] = []

    def send(event: Event) -> None:
        events.append(event)
        take(event)

    store = RunWriter(folder)
    try:
        reason = train(project, data, store, send, control or Control(), **options)
    finally:
        store.close()
    return reason, events


def weights_of(run: Path) -> dict[str, np.ndarray[Any, Any]]:
    return read(run / "checkpoints" / "latest.npz").model


def stop_at(step: int, control: Control) -> Callable[[Event], None]:
    """Snapshots are recorded at every step in these tests, so that each step is told before the next is taken."""

    def take(event: Event) -> None:
        if isinstance(event, Steps) and event.step[-1] >= step:
            control.stop()

    return take


def test_events_come_in_order_and_everything_is_recorded(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    reason, events = run_training(make_project(epochs=3), data, tmp_path / "run")
    assert reason == "completed"
    assert isinstance(events[0], Started)
    assert events[0].steps == 12 and events[0].steps_per_epoch == 4 and events[0].images == 54
    assert isinstance(events[1], Snapshot) and events[1].step == 0
    assert events[2] == State("training")
    assert isinstance(events[-1], Ended) and events[-1].steps == 12
    told = np.concatenate([event.step for event in events if isinstance(event, Steps)])
    assert told.tolist() == list(range(1, 13))
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [row.step for row in epochs] == [4, 8, 12]
    assert all(0 <= row.val_accuracy <= 1 and row.seconds > 0 for row in epochs)

    reader = RunReader(tmp_path / "run")
    assert reader.reason() == "completed"
    assert reader.metrics().step.tolist() == list(range(1, 13))
    assert reader.metrics().epoch.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert reader.epochs() == epochs
    assert reader.snapshots().tolist() == [0, 5, 10, 12]
    assert [event.step for event in events if isinstance(event, Snapshot)] == [0, 5, 10, 12]
    assert reader.checkpoint("best") is not None and reader.model.is_file()
    assert (tmp_path / "run" / "environment.json").is_file()
    # The epoch's figures are means over its images, the last smaller batch included.
    first = reader.metrics().loss[:4]
    assert epochs[0].loss == pytest.approx((first * [16, 16, 16, 6]).sum() / 54)


def test_whoever_follows_the_events_knows_which_snapshots_there_are(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    known: set[int] = set()
    events: list[Event] = []
    store = RunWriter(tmp_path / "run", budget_bytes=60_000)
    train(make_project(epochs=3, snapshot_every=1), data, store, events.append, Control())
    store.close()
    for event in events:
        if isinstance(event, Snapshot):
            known = (known | {event.step}) - set(event.removed)
    assert known == set(RunReader(tmp_path / "run").snapshots().tolist())
    assert 2 <= len(known) < 13


def test_the_run_knows_its_classes_and_pinned_images(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    run_training(make_project(epochs=1), data, tmp_path / "run")
    reader = RunReader(tmp_path / "run")
    kept = reader.project()
    assert kept.dataset is not None and kept.dataset.classes == ("lying", "square", "standing")
    assert len(kept.pinned) == 2 and all(Path(path).is_file() for path in kept.pinned)
    assert len({Path(path).parent.name for path in kept.pinned}) == 2
    seen = reader.array(0, "seen", "1")
    assert seen is not None and np.array_equal(seen, data.pinned[1])
    assert set(reader.keys(4, "weights")) >= {"conv1/kernel", "conv1/bias", "norm1/gamma", "dense2/kernel"}
    kernel = reader.array(4, "weights", "conv1/kernel")
    assert kernel is not None and kernel.dtype == np.float16
    live = load_run(tmp_path / "run")
    assert np.allclose(kernel, live.weights("conv1")["kernel"], atol=1e-3)
    assert reader.keys(4, "maps")


def test_stopped_and_resumed_equals_uninterrupted(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    project = make_project(epochs=5, snapshot_every=1)
    assert run_training(project, data, tmp_path / "whole")[0] == "completed"

    control = Control()
    reason, events = run_training(project, data, tmp_path / "parts", stop_at(7, control), control)
    assert reason == "stopped"
    assert isinstance(events[-1], Ended) and events[-1].steps == 7
    assert RunReader(tmp_path / "parts").reason() == "stopped"
    assert RunReader(tmp_path / "parts").model.is_file()
    reason, events = run_training(project, data, tmp_path / "parts", resume=True)
    assert reason == "completed"
    assert isinstance(events[0], Started) and events[0].step == 7

    whole, parts = weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts")
    assert [*whole] == [*parts]
    assert any("seed" in name for name in whole), "dropout's generator is part of the checkpoint"
    for name, array in whole.items():
        assert np.allclose(array, parts[name], atol=1e-5), name
    one, two = RunReader(tmp_path / "whole"), RunReader(tmp_path / "parts")
    assert two.metrics().step.tolist() == list(range(1, 21))
    assert np.allclose(one.metrics().loss, two.metrics().loss, atol=1e-4)
    for a, b in zip(one.epochs(), two.epochs(), strict=True):
        assert (a.epoch, a.step) == (b.epoch, b.step)
        assert a.loss == pytest.approx(b.loss, abs=1e-4) and a.val_loss == pytest.approx(b.val_loss, abs=1e-4)


def test_stopped_during_validation_validates_on_resume(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    control = Control()
    project = make_project(epochs=2, snapshot_every=1)
    reason, events = run_training(project, data, tmp_path / "run", stop_at(4, control), control)
    assert reason == "stopped" and not any(isinstance(event, Epoch) for event in events)
    _, events = run_training(project, data, tmp_path / "run", resume=True)
    assert [event.epoch for event in events if isinstance(event, Epoch)] == [0, 1]


def test_resuming_makes_the_latest_the_best_where_a_kill_kept_it_from_that(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    run_training(make_project(epochs=1), data, tmp_path / "run")
    best = tmp_path / "run" / "checkpoints" / "best.npz"
    best.unlink()
    control = Control()
    control.stop()
    reason, _ = run_training(make_project(epochs=2), data, tmp_path / "run", control=control, resume=True)
    assert reason == "stopped"
    assert read(best).progress.step == 4


def test_penalties_are_trained_but_not_part_of_the_loss_that_is_told() -> None:
    images = np.random.default_rng(1).integers(0, 256, (6, 5, 4, 3), dtype=np.uint8)
    labels = np.array([0, 1, 2, 0, 1, 2], np.int32)
    losses: list[float] = []
    kernels: list[np.ndarray[Any, Any]] = []
    for cost in (0.0, 0.5):
        layers = (
            create("Input", name="image", height=5, width=4),
            create("Flatten", name="flat"),
            create("Dense", name="out", units=3, kernel_reg=Regularizer(l2=cost)),
        )
        built = build(NetworkSpec(layers=layers), seed=3)
        begin = built.variables("out")["kernel"].numpy()
        optimizer = backend.keras().optimizers.SGD(0.1)
        optimizer.build(built.model.trainable_variables)
        step, evaluate = backend.steps(built.model, optimizer, from_logits=True)
        before = float(evaluate(images, labels)[0]) / len(labels)
        losses.append(float(step(images, labels)[0]))
        assert losses[-1] == pytest.approx(before, rel=1e-5)
        kernels.append(built.variables("out")["kernel"].numpy())
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    assert np.allclose(kernels[0] - kernels[1], 0.1 * 2 * 0.5 * begin, atol=1e-5)


def test_the_same_seed_trains_the_same(make_project: MakeProject, data: TrainingData, tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        run_training(make_project(epochs=1, seed=seed), data, tmp_path / name)
    a, b, c = (RunReader(tmp_path / name).metrics().loss for name in "abc")
    assert np.allclose(a, b, atol=1e-5)
    assert not np.allclose(a, c, atol=1e-2)


def test_ends_inside_an_epoch_at_the_limit_of_steps(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    reason, events = run_training(make_project(max_steps=6), data, tmp_path / "run")
    assert reason == "completed"
    assert RunReader(tmp_path / "run").metrics().step.tolist() == list(range(1, 7))
    assert [event.step for event in events if isinstance(event, Epoch)] == [4, 6]
    assert load_run(tmp_path / "run", which="best").step in {4, 6}


def test_without_validation_the_figures_are_nan(make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project(validation=0.0, epochs=1)
    _, events = run_training(project, prepare(project), tmp_path / "run")
    (row,) = [event for event in events if isinstance(event, Epoch)]
    assert math.isnan(row.val_loss) and math.isnan(row.val_accuracy)
    assert RunReader(tmp_path / "run").checkpoint("best") is not None


def test_pause_holds_and_answers(make_project: MakeProject, data: TrainingData, tmp_path: Path) -> None:
    control = Control()
    paused, answers = threading.Event(), []

    def take(event: Event) -> None:
        if isinstance(event, Steps) and event.step[-1] == 3:
            control.pause()
        if event == State("paused"):
            paused.set()

    def ask() -> None:
        assert paused.wait(30)
        answers.append(control.ask(lambda network: network.step))
        answers.append(len(control.ask(lambda network: network.probabilities(data.pinned))))
        with pytest.raises(UserError):
            control.ask(lambda network: network.weights("nothing"))
        control.resume()

    asker = threading.Thread(target=ask)
    asker.start()
    reason, events = run_training(make_project(snapshot_every=1), data, tmp_path / "run", take, control)
    asker.join()
    assert reason == "completed"
    assert answers == [3, 2]
    states = [event.state for event in events if isinstance(event, State)]
    assert states == ["training", "paused", "training", "stopping"]
    assert control.ask(lambda network: network.step) == 8, "after the end it answers at once"


def test_asked_while_it_trains_sees_whole_steps(make_project: MakeProject, data: TrainingData, tmp_path: Path) -> None:
    control = Control()
    started = threading.Event()
    seen: list[tuple[int, int]] = []

    def ask() -> None:
        assert started.wait(30)
        seen.extend(control.ask(lambda network: (network.step, len(network.weights("conv1")))) for _ in range(5))

    asker = threading.Thread(target=ask)
    asker.start()
    run_training(make_project(epochs=4), data, tmp_path / "run", lambda event: started.set(), control)
    asker.join()
    assert len(seen) == 5 and all(a[0] <= b[0] for a, b in pairwise(seen))


def test_asking_before_there_is_a_network_is_refused() -> None:
    with pytest.raises(UserError, match="no network"):
        Control().ask(lambda network: network.step)


def test_a_loss_that_is_no_number_ends_it_and_keeps_the_last_good_checkpoint(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    project = make_project(optimizer="sgd", learning_rate=100, epochs=20, network=exploding())
    reason, events = run_training(project, data, tmp_path / "run")
    assert reason == "failed"
    ended = events[-1]
    assert isinstance(ended, Ended) and "learning rate" in ended.text and "step" in ended.text
    assert all(np.isfinite(array).all() for array in weights_of(tmp_path / "run").values())
    assert RunReader(tmp_path / "run").reason() == "failed"


def exploding() -> NetworkSpec:
    wild = {"scheme": "random_normal", "value": 1000}
    return NetworkSpec.model_validate(
        {
            "layers": [
                {"kind": "Input", "name": "image", "height": 12, "width": 12, "scaling": "none"},
                {"kind": "Conv2D", "name": "conv1", "filters": 4, "kernel_init": wild},
                {"kind": "Conv2D", "name": "conv2", "filters": 4, "kernel_init": wild},
                {"kind": "Flatten", "name": "flatten1"},
                {"kind": "Dense", "name": "dense1", "units": 64, "kernel_init": wild},
                {"kind": "Dense", "name": "dense2", "units": 3, "activation": "linear", "kernel_init": wild},
            ]
        }
    )


def test_a_checkpoint_of_another_network_is_refused(
    make_project: MakeProject, data: TrainingData, tmp_path: Path
) -> None:
    project = make_project(epochs=1)
    run_training(project, data, tmp_path / "run")
    other = project.model_copy(update={"network": project.network.update("dense1", units=9)})
    with pytest.raises(UserError, match="another network"):
        run_training(other, data, tmp_path / "run", resume=True)


def test_resuming_nothing_is_refused(make_project: MakeProject, data: TrainingData, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no checkpoint"):
        run_training(make_project(), data, tmp_path / "run", resume=True)


@pytest.mark.parametrize(("free", "words"), [(10_000, "parameters need"), (120_000, "batch of 16 images")])
def test_what_cannot_fit_into_memory_is_refused_in_words(
    make_project: MakeProject,
    data: TrainingData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    words: str,
) -> None:
    if backend.device().kind == "gpu":
        pytest.skip("a GPU's memory is guarded by TensorFlow")
    monkeypatch.setattr(memory, "available", lambda: free)
    with pytest.raises(UserError, match=rf"{words}.*memory is free"):
        run_training(make_project(), data, tmp_path / "run")


@pytest.fixture
def notes() -> Iterator[list[str]]:
    found: list[str] = []
    stop = notify.listen(lambda note: found.append(note.text))
    yield found
    stop()


@pytest.mark.parametrize(("kind", "shape", "kept"), [
    ("Conv2D", (3, 3, 512, 512), True),
    ("Conv2D", (512,), True),
    ("Dense", (9216, 512), False),
    ("Pretrained", (3, 3, 512, 512), False),
    ("Pretrained", (512,), True),
])  # fmt: skip
def test_which_arrays_of_a_large_network_snapshots_hold(kind: str, shape: tuple[int, ...], kept: bool) -> None:
    assert snapshots._wanted(create(kind), shape) == kept


@pytest.mark.parametrize("large", [False, True])
def test_a_snapshot_copies_each_weight_once_and_none_in_vain(
    large: bool, small: Callable[..., NetworkSpec], data: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guiapp import visuals

    if large:
        monkeypatch.setattr(snapshots, "ALL_WEIGHTS", 10)
        monkeypatch.setattr(snapshots, "SMALL_WEIGHT", 100)
        monkeypatch.setattr(visuals, "computes", dict)
    network = LiveModel(build(small(), 3), ("a", "b", "c"))
    copied: list[int] = []
    variable = type(network.built.model.variables[0])
    numpy = variable.numpy

    def counted(self: Any) -> Any:
        copied.append(id(self))
        return numpy(self)

    monkeypatch.setattr(variable, "numpy", counted)
    store = RunWriter(tmp_path / "run")
    try:
        snapshots.Recorder(store, network, data.pinned).record(0)
    finally:
        store.close()
    assert len(copied) == len(set(copied)), "each once"
    assert len(copied) == len(RunReader(tmp_path / "run").keys(0, "weights"))
    again = network.weights("conv1")["kernel"]
    assert again is not network.weights("conv1")["kernel"], "nothing is kept after it: the network learns"


def test_a_view_that_fails_does_not_end_the_training(
    make_project: MakeProject, data: TrainingData, tmp_path: Path, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from guiapp import visuals

    class Broken:
        @staticmethod
        def snapshot(network: object, pinned: object) -> dict[str, Any]:
            raise UserError("does not work", where="broken")

    monkeypatch.setattr(visuals, "computes", lambda: {"broken": Broken})
    assert run_training(make_project(epochs=1), data, tmp_path / "run")[0] == "completed"
    assert len([text for text in notes if "broken" in text]) == 1
