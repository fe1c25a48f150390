"""Unequal classes made up for by weights or by sampling, and augmentation; all of it resumes exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from guiapp.core.augmentation import Augmentation
from guiapp.core.messages import Epoch, Event, Steps
from guiapp.core.project import Project
from guiapp.core.runs import RunWriter
from guiapp.engine import backend, batches
from guiapp.engine.batches import Batches, balanced_order, class_weights, weights_of
from guiapp.engine.build import build
from guiapp.engine.checkpoint import read
from guiapp.engine.control import Control
from guiapp.engine.pipeline import TrainingData, prepare
from guiapp.engine.train import train

MakeProject = Callable[..., Project]
LABELS = np.repeat(np.arange(3, dtype=np.int32), [40, 17, 3])
MOVED = Augmentation(flip_horizontal=True, shift_x=2, noise=9.0)


def with_balance(project: Project, balance: str, **changes: Any) -> Project:
    assert project.dataset is not None
    dataset = project.dataset.model_copy(update={"balance": balance})
    return project.model_copy(update={"dataset": dataset, **changes})


@pytest.fixture
def data(make_project: MakeProject) -> TrainingData:
    """Images of three classes of which 18, 9 and 2 are trained on."""
    found = prepare(make_project())
    rows = [np.flatnonzero(found.labels[found.train] == label)[:n] for label, n in enumerate((18, 9, 2))]
    return replace(found, train=np.sort(found.train[np.concatenate(rows)]))


def test_weights_are_those_of_the_training_images_with_mean_one(make_project: MakeProject, data: TrainingData) -> None:
    weights = weights_of(with_balance(make_project(), "class weights"), data)
    assert weights is not None
    assert np.allclose(weights, [29 / (3 * 18), 29 / (3 * 9), 29 / (3 * 2)])
    assert weights[data.labels[data.train]].mean() == pytest.approx(1)
    assert weights_of(with_balance(make_project(), "balanced sampling"), data) is None
    assert weights_of(make_project(), data) is None


def test_a_class_without_training_images_has_no_weight_and_leaves_the_mean_as_it_is() -> None:
    weights = class_weights(np.array([0, 0, 0, 2], np.int32), 3)
    assert np.allclose(weights, [4 / 6, 0, 4 / 2])


def test_weights_change_the_loss_that_is_learned_and_nothing_that_is_judged(make_project: MakeProject) -> None:
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (6, 12, 12, 3), dtype=np.uint8)
    labels = np.array([0, 0, 0, 0, 1, 2], np.int32)
    figures = []
    # Without dropout, and with a learning rate that moves nothing.
    network = make_project().network.update("dropout1", rate=0.0)
    for weights in (None, np.array([0.5, 2, 2], np.float32)):
        built = build(network, seed=1)
        optimizer = backend.keras().optimizers.SGD(0.0)
        optimizer.build(built.model.trainable_variables)
        step, evaluate = backend.steps(built.model, optimizer, from_logits=True, class_weights=weights)
        figures.append((step(images, labels).numpy(), evaluate(images, labels).numpy()))
        logits = built.model(images.astype(np.float32), training=True).numpy()
        each = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(6), labels]
        counted = each if weights is None else each * weights[labels]
        assert figures[-1][0][0] == pytest.approx(counted.mean(), rel=1e-4)
    (plain, judged), (weighted, judged_too) = figures
    assert plain[0] != pytest.approx(weighted[0]) and plain[1] == weighted[1]
    assert np.allclose(judged[1], judged_too[1])


def test_weights_reach_the_training(make_project: MakeProject, data: TrainingData, tmp_path: Path) -> None:
    losses = []
    for balance in ("none", "class weights"):
        project = with_balance(make_project(epochs=1), balance)
        events = run(project, data, tmp_path / balance)
        losses.append(next(event.loss for event in events if isinstance(event, Steps)))
    assert not np.allclose(losses[0], losses[1])


def test_classes_are_drawn_equally_often_in_an_epoch_of_the_same_length() -> None:
    for epoch in range(4):
        places, _ = balanced_order(LABELS, 1, epoch)
        assert len(places) == 60
        assert np.bincount(LABELS[places]).tolist() == [20, 20, 20]
    uneven = [np.bincount(LABELS[balanced_order(LABELS[:59], 1, epoch)[0]]) for epoch in range(3)]
    assert all(counts.sum() == 59 and counts.max() - counts.min() <= 1 for counts in uneven)
    assert np.sum(uneven, axis=0).tolist() == [59, 59, 59]


def test_small_classes_repeat_in_rounds_and_large_ones_are_gone_through() -> None:
    seen = np.zeros(60, int)
    for epoch in range(6):
        counts = np.bincount(balanced_order(LABELS, 1, epoch)[0], minlength=60)
        assert max(counts[:40]) == 1 and min(counts[57:]) >= 5
        seen += counts
        for label in range(3):
            of_class = seen[label == LABELS]
            assert of_class.max() - of_class.min() <= 1


def test_each_draw_knows_how_often_its_image_was_drawn_before() -> None:
    places, before = balanced_order(LABELS, 3, 2)
    pairs = list(zip(places.tolist(), before.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert sorted(n for place, n in pairs if place == 58) == list(range(int(np.sum(places == 58))))


def test_the_order_follows_from_seed_and_epoch() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return [int(place) for place in balanced_order(LABELS, seed, epoch)[0]]

    assert order(1, 5) == order(1, 5)
    assert order(1, 5) != order(1, 4) and order(1, 5) != order(2, 5)


def test_an_image_drawn_twice_in_an_epoch_is_changed_in_two_ways(data: TrainingData) -> None:
    made = Batches(data, 29, 1, balance="balanced sampling", augmentation=Augmentation(noise=30.0))
    ((images, labels),) = made.epoch(0)
    made.close()
    assert np.bincount(labels).tolist() == [9, 10, 10]
    of_two = images[labels == 2]
    assert len(np.unique(of_two.reshape(len(of_two), -1), axis=0)) == 10


@pytest.mark.parametrize("balance", ["none", "balanced sampling"])
def test_augmented_batches_are_the_same_however_they_are_asked_for(
    data: TrainingData, balance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_of(made: Batches, position: int = 0) -> list[tuple[Any, Any]]:
        found = list(made.epoch(3, position))
        made.close()
        return found

    whole = all_of(Batches(data, 8, 1, balance=balance, augmentation=MOVED))
    assert [len(labels) for _, labels in whole] == [8, 8, 8, 5]
    later = all_of(Batches(data, 8, 1, balance=balance, augmentation=MOVED), 2)
    monkeypatch.setattr(batches, "_cores", lambda: 8)
    threaded = all_of(Batches(data, 8, 1, balance=balance, augmentation=MOVED))
    for one, other in [*zip(whole, threaded, strict=True), *zip(whole[2:], later, strict=True)]:
        assert np.array_equal(one[0], other[0]) and np.array_equal(one[1], other[1])
    plain = all_of(Batches(data, 8, 1, balance=balance))
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(whole, plain, strict=True))
    assert not any(np.array_equal(one[0], other[0]) for one, other in zip(whole, plain, strict=True))


def test_batches_larger_than_the_room_ahead_are_still_made(data: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "AHEAD_BYTES", 1)
    made = Batches(data, 8, 1, augmentation=MOVED)
    assert sum(len(labels) for _, labels in made.epoch(0)) == 29
    made.close()


def test_only_training_images_are_augmented(make_project: MakeProject, data: TrainingData, tmp_path: Path) -> None:
    def figures(name: str, augmentation: Augmentation) -> Epoch:
        # Nothing is learned, so that only the images make a difference.
        project = make_project(still, epochs=1, learning_rate=1e-30)
        project = project.model_copy(update={"augmentation": augmentation})
        return next(event for event in run(project, data, tmp_path / name) if isinstance(event, Epoch))

    still = make_project().network.update("norm1", enabled=False).update("dropout1", enabled=False)
    plain, noisy = figures("plain", Augmentation()), figures("noisy", Augmentation(brightness=1.0))
    assert plain.loss != pytest.approx(noisy.loss)
    assert plain.val_loss == pytest.approx(noisy.val_loss)


@pytest.mark.parametrize("balance", ["none", "class weights", "balanced sampling"])
def test_training_in_two_parts_ends_with_the_same_weights(
    make_project: MakeProject, data: TrainingData, tmp_path: Path, balance: str
) -> None:
    whole = with_balance(make_project(epochs=9, max_steps=10, batch=8), balance, augmentation=MOVED)
    first = whole.model_copy(update={"training": whole.training.model_copy(update={"max_steps": 4})})
    run(whole, data, tmp_path / "whole")
    run(first, data, tmp_path / "parts", stop=3)
    assert read(tmp_path / "parts" / "checkpoints" / "latest.npz").progress.position == 3, "inside an epoch"
    run(whole, data, tmp_path / "parts", resume=True)
    one, two = (read(tmp_path / name / "checkpoints" / "latest.npz") for name in ("whole", "parts"))
    assert one.progress.step == two.progress.step == 10
    for name, array in one.model.items():
        assert np.allclose(array, two.model[name], atol=1e-5), name


def run(
    project: Project, data: TrainingData, folder: Path, *, resume: bool = False, stop: int | None = None
) -> list[Event]:
    control = Control()
    events: list[Event] = []

    def take(event: Event) -> None:
        events.append(event)
        if stop is not None and isinstance(event, Steps) and event.step[-1] >= stop:
            control.stop()

    if stop is not None:
        training = project.training.model_copy(update={"snapshot_every": 1})
        project = project.model_copy(update={"training": training})
    store = RunWriter(folder)
    try:
        assert train(project, data, store, take, control, resume=resume) in {"completed", "stopped"}
    finally:
        store.close()
    return events


def test_each_epoch_changes_images_anew(data: TrainingData) -> None:
    def seen(epoch: int) -> NDArray[np.uint8]:
        made = Batches(data, len(data.train), 1, augmentation=Augmentation(noise=30))
        ((images, _labels),) = made.epoch(epoch)
        made.close()
        rows = np.random.default_rng([1, epoch]).permutation(data.train)
        return images[np.argsort(rows)]

    assert np.array_equal(seen(0), seen(0))
    assert (seen(0) != seen(1)).any(axis=(1, 2, 3)).all()
