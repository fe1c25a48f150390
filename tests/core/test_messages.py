"""Everything said between the window and the engine is frozen and travels through a pipe."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest

from guiapp.core import messages, templates
from guiapp.core.messages import Command, Event, Failed, Request, Steps, Train

ALL = [
    cls
    for cls in vars(messages).values()
    if isinstance(cls, type) and issubclass(cls, (Command, Event)) and cls not in {Command, Event, Request}
]


def test_commands_and_events_are_told_apart() -> None:
    assert len(ALL) > 20
    assert not [cls for cls in ALL if issubclass(cls, Command) and issubclass(cls, Event)]


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_each_is_explained_frozen_and_travels(cls: type[Any]) -> None:
    assert (cls.__doc__ or "").split("\n")[0].strip()
    values = {field.name: field.name for field in dataclasses.fields(cls)}
    made = cls(**values)
    assert pickle.loads(pickle.dumps(made)) == made
    if values:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, next(iter(values)), None)


def test_a_project_and_arrays_arrive_as_they_were_sent() -> None:
    project = templates.load("starter").project("x", "/images", 8)
    assert pickle.loads(pickle.dumps(Train(7, project, "/run"))) == Train(7, project, "/run")
    sent = Steps("/r", np.arange(3), np.zeros(3, np.int64), np.array([1.0, np.nan, 2.0]), np.ones(3), 10.0, 1.0)
    got = pickle.loads(pickle.dumps(sent))
    assert np.array_equal(got.loss, sent.loss, equal_nan=True)


def test_a_failure_without_words_was_cancelled() -> None:
    assert Failed(1, "").cancelled
    assert not Failed(1, "is wrong").cancelled
