"""What is shown of a training while it goes on."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from guiapp.cli import console
from guiapp.core.messages import Damaged, Ended, Epoch, Event, Reason, Started, Steps
from guiapp.core.notify import printable


class _Reporter:
    """What is known of a training.

    Attributes
    ----------
    failure : str
        Why training failed, or an empty text.
    """

    def __init__(self, run: Path) -> None:
        self.failure = ""
        self._run = run


class JsonReporter(_Reporter):
    """One JSON object a line."""

    def __init__(self, run: Path) -> None:
        super().__init__(run)
        self._steps = 0

    def take(self, event: Event) -> None:
        """Write an event."""
        if isinstance(event, Started):
            self._steps = event.step
        elif isinstance(event, Steps):
            for step, epoch, loss, accuracy in zip(event.step, event.epoch, event.loss, event.accuracy, strict=True):
                row = {"event": "step", "step": step, "epoch": epoch, "loss": loss, "accuracy": accuracy}
                console.out_json(row)
                self._steps = int(step)
        elif isinstance(event, Epoch):
            names = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")
            console.out_json({"event": "epoch", **{name: getattr(event, name) for name in names}})
        elif isinstance(event, Ended):
            self._steps, self.failure = event.steps, event.text

    def end(self, reason: Reason) -> None:
        """Write the last line."""
        console.out_json({"event": "end", "reason": reason, "run": str(self._run), "steps": self._steps})


class BarReporter(_Reporter):
    """A bar on a terminal, and a line an epoch."""

    def __init__(self, run: Path) -> None:
        super().__init__(run)
        self._bar: tqdm[Any] | None = None

    def take(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Started):
            self._begin(event)
        elif isinstance(event, Steps):
            self._advance(event)
        elif isinstance(event, Damaged):
            for path, why in event.images:
                console.say(f"left out: {printable(path)}: {why}")
        elif isinstance(event, Epoch):
            tqdm.write(epoch_in_words(event), file=sys.stdout)
        elif isinstance(event, Ended):
            self.failure = event.text

    def _begin(self, event: Started) -> None:
        begun = f", from step {event.step:,}" if event.step else ""
        console.out(
            f"{event.images:,} training and {event.validation_images:,} validation images; "
            f"{event.steps:,} {'step' if event.steps == 1 else 'steps'}, {event.steps_per_epoch:,} an epoch{begun}"
        )
        hidden = not sys.stderr.isatty()
        self._bar = tqdm(
            total=event.steps, initial=event.step, unit="step", file=sys.stderr, leave=False, disable=hidden
        )

    def _advance(self, event: Steps) -> None:
        if self._bar is not None and event.step.size:
            self._bar.set_postfix(loss=f"{event.loss[-1]:.4f}", accuracy=f"{event.accuracy[-1]:.3f}", refresh=False)
            self._bar.update(int(event.step[-1]) - self._bar.n)

    def end(self, reason: Reason) -> None:
        """Say where everything is."""
        if self._bar is not None:
            self._bar.close()
        console.out(f"{reason}: {self._run}")


def epoch_in_words(event: Epoch) -> str:
    """Return an epoch's figures as a line."""
    held_back = ""
    if not math.isnan(event.val_loss):
        held_back = f", validation loss {event.val_loss:.4f}, accuracy {event.val_accuracy:.4f}"
    return (
        f"epoch {event.epoch + 1}: loss {event.loss:.4f}, accuracy {event.accuracy:.4f}{held_back} "
        f"({event.seconds:.1f} s)"
    )
