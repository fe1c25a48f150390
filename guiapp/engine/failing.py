"""Why a training could not go on, in a sentence."""

from __future__ import annotations

import math

from guiapp.core.notify import UserError, as_user_error
from guiapp.engine import backend
from guiapp.engine.meter import Diverged


def told(exc: BaseException) -> str:
    """Return what is told to the person where a training ended with `exc`."""
    if isinstance(exc, Diverged):
        return _diverged(exc)
    return as_user_error(MemoryError() if backend.is_out_of_memory(exc) else exc, doing="training").sentence


def _diverged(exc: Diverged) -> str:
    shown = "not a number" if math.isnan(exc.loss) else "infinite"
    return UserError(
        f"the loss became {shown} at step {exc.step:,}; the last good checkpoint is kept",
        mend="Lower the learning rate, or begin with smaller weights, and train again",
    ).sentence
