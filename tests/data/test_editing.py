"""What a project's settings make of a dataset: classes renamed, merged, chosen; images relabelled and left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.notify import UserError
from guiapp.data import editing
from guiapp.data.dataset import UNUSED, Dataset

NAMES = ("cat", "dog", "kitten")


def dataset(each: int = 4) -> Dataset:
    labels = np.repeat(np.arange(3, dtype=np.int32), each)
    paths = tuple(f"{NAMES[label]}/{i}.png" for i, label in enumerate(labels))
    zeros = np.zeros(len(labels), np.int64)
    return Dataset(Path("/images"), "class_folders", NAMES, paths, labels, zeros, zeros)


def classes_of(data: Dataset) -> list[str]:
    return [data.class_names[label] for label in data.labels]


def start(**fields: object) -> DatasetSettings:
    return DatasetSettings.model_validate({"path": "/images", **fields})


def test_nothing_changed_is_the_very_dataset() -> None:
    data = dataset()
    arranged = editing.arrange(data, start())
    assert arranged.whole is data
    assert arranged.active is data
    assert arranged.rows.tolist() == list(range(12))


def test_merging_keeps_the_place_and_comes_apart_again() -> None:
    data = dataset()
    merged = editing.renamed(data, start(classes=("cat", "kitten")), ["cat", "kitten"], "feline")
    assert merged.classes == ("feline",)
    whole = editing.relabelled(data, merged)
    assert whole.class_names == ("feline", "dog")
    assert classes_of(whole) == ["feline"] * 4 + ["dog"] * 4 + ["feline"] * 4
    apart = editing.unrenamed(data, merged, "feline")
    assert apart.renamed == {}
    assert apart.classes == ("cat", "kitten")


def test_a_name_given_back_leaves_no_trace() -> None:
    data = dataset()
    there = editing.renamed(data, start(), ["cat"], "feline")
    back = editing.renamed(data, there, ["feline"], "cat")
    assert back == start()


def test_relabelling_follows_renaming_before_and_after() -> None:
    data = dataset()
    settings = editing.renamed(data, start(), ["dog"], "hound")
    settings = editing.moved(data, settings, ["cat/0.png"], "hound")
    assert settings.relabelled == {"cat/0.png": "dog"}
    settings = editing.renamed(data, settings, ["hound"], "canine")
    assert classes_of(editing.relabelled(data, settings))[0] == "canine"
    settings = editing.moved(data, settings, ["cat/0.png"], "cat")
    assert settings.relabelled == {}


def test_a_new_class_can_be_made_renamed_and_chosen() -> None:
    data = dataset()
    settings = editing.moved(data, start(classes=("cat", "dog")), ["cat/0.png", "dog/4.png"], "odd")
    assert settings.classes == ("cat", "dog", "odd")
    settings = editing.renamed(data, settings, ["odd"], "strange")
    active = editing.arrange(data, settings).active
    assert active.class_names == ("cat", "dog", "strange")
    assert classes_of(active)[0] == "strange"


def test_a_class_that_lost_its_images_is_gone() -> None:
    data = dataset(1)
    settings = editing.moved(data, start(), ["kitten/2.png"], "cat")
    assert editing.relabelled(data, settings).class_names == ("cat", "dog")


def test_leaving_out_moves_no_other_image() -> None:
    data = dataset(40)
    settings = start(validation=0.3, test=0.2)
    before = editing.arrange(data, settings).splits
    out = [data.paths[row] for row in (0, 50, 100)]
    after = editing.arrange(data, editing.without(settings, out)).splits
    assert np.flatnonzero(before != after).tolist() == [0, 50, 100]
    assert (after[[0, 50, 100]] == UNUSED).all()
    assert editing.restored(editing.without(settings, out), out) == settings


def test_rows_lead_back_to_what_was_opened() -> None:
    data = dataset()
    settings = editing.moved(data, start(classes=("dog", "kitten")), ["cat/1.png"], "dog")
    arranged = editing.arrange(data, settings)
    assert [data.paths[row] for row in arranged.rows] == list(arranged.active.paths)
    assert "cat/1.png" in arranged.active.paths
    assert len(arranged.splits) == len(arranged.active) == 9


def test_a_class_that_is_not_there() -> None:
    with pytest.raises(UserError, match="has no class named “bird”"):
        editing.arrange(dataset(), start(classes=("bird", "cat")))


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["cat", "dog", "x", "y"])), max_size=6))
def test_every_image_keeps_one_class_through_any_renaming(steps: list[tuple[str, str]]) -> None:
    data, settings = dataset(), start()
    expected = classes_of(data)
    for old, new in steps:
        settings = editing.renamed(data, settings, [old], new)
        expected = [new if name == old else name for name in expected]
    assert classes_of(editing.relabelled(data, settings)) == expected


def test_a_new_class_may_have_the_name_that_a_renamed_one_had() -> None:
    data = dataset()
    settings = editing.renamed(data, start(), ["cat"], "feline")
    settings = editing.moved(data, settings, ["dog/4.png", "dog/5.png"], "cat")
    settings = editing.moved(data, settings, ["dog/6.png"], "cat")
    whole = editing.relabelled(data, settings)
    assert whole.class_names == ("feline", "dog", "kitten", "cat")
    assert classes_of(whole) == ["feline"] * 4 + ["cat"] * 3 + ["dog"] + ["kitten"] * 4
    assert editing.class_counts(data, settings) == {"feline": 4, "dog": 1, "kitten": 4, "cat": 3}
