"""What follows for a project from what was found in its images: leaks, copies, uneven classes, and their mends."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.data.dataset import TEST, TRAIN, UNUSED, VALIDATION, Dataset
from guiapp.data.editing import Arranged, arrange
from guiapp.data.findings import Finding, findings, mended
from guiapp.data.health import Health
from guiapp.data.leaks import conflicts, copies, leaks, outside


def a_health(count: int, **values: object) -> Health:
    nothing: dict[str, object] = {"unreadable": (), "formats": {}, "modes": {}, "exact": (), "near": ()}
    ones = np.ones(count, np.int32)
    return Health(ones, ones, **(nothing | values))  # type: ignore[arg-type]


def test_a_group_in_two_splits_is_a_leak() -> None:
    splits = np.array([TRAIN, TRAIN, VALIDATION, TRAIN, TEST, UNUSED, TRAIN], np.uint8)
    found = leaks(a_health(7, exact=((0, 1), (1, 2)), near=((3, 4), (5, 6))), splits)
    assert found.exact == ((1, 2),)
    assert found.near == ((3, 4),)


def test_what_is_held_back_furthest_stays() -> None:
    splits = np.array([TRAIN, VALIDATION, TEST, TRAIN, VALIDATION, VALIDATION, TRAIN, TRAIN], np.uint8)
    groups = ((0, 1, 2), (3, 4, 5), (6, 7))
    out = outside(groups, splits).tolist()
    assert out == [0, 1, 3]
    left = [tuple(row for row in group if row not in out) for group in groups]
    assert all(len({int(splits[row]) for row in group}) == 1 for group in left)
    assert copies(groups, splits).tolist() == [0, 1, 3, 5, 7]


def test_the_same_picture_in_two_classes_is_a_conflict() -> None:
    labels = np.array([0, 1, 1, 1], np.int32)
    assert conflicts(((0, 1), (2, 3)), labels) == ((0, 1),)


def a_dataset(labels: list[int], names: tuple[str, ...] = ("cat", "dog")) -> Dataset:
    paths = tuple(f"{names[label]}/{i}.png" for i, label in enumerate(labels))
    return Dataset(Path("pets"), "class-folders", names, paths, np.array(labels, np.int32), None, None)


def judged(dataset: Dataset, health: Health, settings: DatasetSettings) -> tuple[Arranged, dict[str, Finding]]:
    arranged = arrange(dataset, settings)
    return arranged, {finding.key: finding for finding in findings(health, arranged, settings)}


def test_nothing_is_found_where_all_is_well() -> None:
    dataset = a_dataset([0] * 30 + [1] * 30)
    assert judged(dataset, a_health(60), DatasetSettings(path="pets"))[1] == {}


def test_every_mend_ends_its_finding() -> None:
    dataset = a_dataset([0] * 40 + [1] * 40)
    settings = DatasetSettings(path="pets", validation=0.5)
    exact = ((0, 1, 2, 3), (5, 6), (10, 50))
    health = a_health(80, unreadable=((79, "the file is empty"),), exact=exact, near=((60, 61), (20, 21, 22, 23)))
    arranged, found = judged(dataset, health, settings)
    assert list(found) == ["unreadable", "conflicts", "leaks", "copies", "alike"]
    assert found["conflicts"].rows.tolist() == [10, 50]
    assert "dog/79.png cannot be read; the file is empty." in found["unreadable"].text
    for key in ("leaks", "unreadable", "conflicts", "copies", "alike"):
        if key in found:
            settings = mended(settings, dataset, found[key])
            arranged, found = judged(dataset, health, settings)
            assert key not in found
    assert found == {}
    used = set(arranged.rows[arranged.splits != UNUSED].tolist())
    assert all(len(used.intersection(group)) == 1 for group in ((0, 1, 2, 3), (5, 6), (60, 61), (20, 21, 22, 23)))
    assert not used.intersection((79, 10, 50))


def test_copies_that_a_leak_is_about_are_told_of_once() -> None:
    dataset = a_dataset([0] * 40 + [1] * 40)
    settings = DatasetSettings(path="pets")
    splits = arrange(dataset, settings).splits
    a, b, c, d, e, f = np.flatnonzero(splits[:40] == TRAIN)[:6].tolist()
    v, w = np.flatnonzero(splits[:40] == VALIDATION)[:2].tolist()
    exact, near = tuple(sorted((a, v))), tuple(sorted((b, w)))
    found = judged(dataset, a_health(80, exact=(exact,), near=(near,)), settings)[1]
    assert list(found) == ["leaks"] and set(found["leaks"].out.tolist()) == {a, b}
    found = judged(dataset, a_health(80, exact=(exact, (c, d)), near=(near, (e, f))), settings)[1]
    assert (found["copies"].title, found["copies"].groups) == ("1 exact copy", ((c, d),))
    assert found["alike"].groups == ((e, f),)


def test_copies_in_a_near_group_are_one_leak() -> None:
    dataset = a_dataset([0] * 40 + [1] * 40)
    arranged = arrange(dataset, DatasetSettings(path="pets"))
    train, held = (np.flatnonzero(arranged.splits == which)[:2].tolist() for which in (TRAIN, VALIDATION))
    health = a_health(80, exact=((train[0], held[0]),), near=(tuple(sorted((train[0], held[0], train[1]))),))
    leak = judged(dataset, health, DatasetSettings(path="pets"))[1].get("leaks")
    assert leak is not None
    assert leak.title == "1 picture in more than one split"


def test_classes_that_are_not_used_do_not_matter() -> None:
    dataset = a_dataset([0] * 30 + [1] * 30 + [2] * 30, ("cat", "dog", "owl"))
    health = a_health(90, exact=((70, 71),))
    assert "leaks" in judged(dataset, health, DatasetSettings(path="pets"))[1]
    assert judged(dataset, health, DatasetSettings(path="pets", classes=("cat", "dog")))[1] == {}


def test_uneven_classes_are_said_unless_something_is_done() -> None:
    dataset = a_dataset([0] * 180 + [1] * 20)
    _, found = judged(dataset, a_health(200), DatasetSettings(path="pets"))
    assert found["balance"].title == "“cat” has 9 times as many images as “dog”"
    assert "“cat” would be right 90 % of the time" in found["balance"].text
    evened = DatasetSettings(path="pets", balance="class weights")
    assert "balance" not in judged(dataset, a_health(200), evened)[1]


def test_small_classes_are_named() -> None:
    dataset = a_dataset([0] * 11 + [1] * 6)
    _, found = judged(dataset, a_health(17), DatasetSettings(path="pets"))
    assert found["few"].text.startswith("“dog” (5), “cat” (9). So few images")
