"""How the window is told of a request under way: how far it is, and why it failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from guiapp.core import notify
from guiapp.core.messages import (
    Animate,
    CheckHealth,
    ComputeView,
    Download,
    EnsureSample,
    Evaluate,
    Event,
    Export,
    ExportScript,
    Failed,
    LookIntoArchive,
    OpenDataset,
    Predict,
    Progress,
    Request,
    Train,
    Unpack,
)
from guiapp.data import work

PROGRESS_S = 0.05

DOING: Mapping[type[Request], str] = {
    OpenDataset: "opening the images",
    EnsureSample: "drawing the sample images",
    CheckHealth: "checking the images",
    LookIntoArchive: "looking into the archive",
    Unpack: "unpacking",
    Download: "downloading",
    Train: "training",
    Predict: "predicting",
    ComputeView: "computing the view",
    Evaluate: "evaluating",
    Animate: "making the animation",
    Export: "exporting",
    ExportScript: "exporting",
}
"""What a person calls it."""


def progress(number: int, send: Callable[[Event], None]) -> work.Progress:
    """Return a progress function that sends at most 20 times a second, but every text and every end."""
    last_text, last_time = "", 0.0

    def told(text: str, done: int, total: int) -> None:
        nonlocal last_text, last_time
        now = time.monotonic()
        if text != last_text or done == total or now - last_time >= PROGRESS_S:
            last_text, last_time = text, now
            send(Progress(number, text, done, total))

    return told


def failed(request: Request, exc: BaseException) -> Failed:
    """Return the event that says why a request was not answered."""
    error = notify.as_user_error(exc, doing=DOING[type(request)])
    return Failed(request.request, error.what, error.where, error.mend)
