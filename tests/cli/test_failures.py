"""What is said when work fails that nobody could foresee: always with what to do next."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from guiapp.cli import training
from guiapp.core import project, templates
from guiapp.core.messages import Animate, Ended
from guiapp.core.notify import UserError
from guiapp.data.work import never, no_progress
from guiapp.engine.answers import answer_animate


@pytest.mark.parametrize(
    ("failure", "end"),
    [
        ("", "training failed. Go on with it by --resume, or look into the log file."),
        ("The loss became infinite. Lower the learning rate.", "infinite. Lower the learning rate."),
    ],
)
def test_a_failed_training_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str, end: str
) -> None:
    def run_training(_project: object, run: Path, take: object, **_more: object) -> str:
        take(Ended(run.name, "failed", 3, failure))  # type: ignore[operator]
        return "failed"

    monkeypatch.setattr(training, "run_training", run_training)
    path = tmp_path / "p.convnet"
    project.save(templates.load("starter").project("Test", None), path)
    asked = {"project": path, "resume": None, "out": tmp_path / "run", "json": True}
    with pytest.raises(UserError) as caught:
        training.train(Namespace(**asked, epochs=None, steps=None, seed=None))
    assert caught.value.sentence.endswith(end)


def test_an_animation_that_is_not_understood_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="start it again"):
        answer_animate(Animate(1, str(tmp_path), {"sparkle": True}), no_progress, never)
