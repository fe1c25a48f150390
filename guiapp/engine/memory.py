"""What cannot fit into memory is refused in words, instead of ending the process."""

from __future__ import annotations

from collections.abc import Callable

from guiapp.core.analysis import Analysis, LayerInfo
from guiapp.core.memory import BYTES, Needs, largest_batch, needs, size_text
from guiapp.core.notify import UserError
from guiapp.core.project import TrainingSettings
from guiapp.engine import backend
from guiapp.engine.room import available

SURE = 0.7
"""Training is refused where this much of the estimate is more than is free: it is off by some tens of percent."""


def check(analysis: Analysis) -> None:
    """Refuse a network that is to be asked, where it certainly does not fit.

    Raises
    ------
    UserError
        With the sizes in words.
    """
    free = available()
    weights, outputs = analysis.parameters * BYTES, analysis.activations * BYTES
    if free is None or weights + outputs <= free:
        return
    if weights > free:
        _refuse_weights(analysis, weights, free, "")
    raise UserError(
        f"the layers' outputs need about {size_text(outputs)}, but {size_text(free)} of memory is free; "
        "the largest are from here",
        where=_largest(analysis, lambda row: row.activations),
        mend="Use smaller images",
    )


def check_training(analysis: Analysis, settings: TrainingSettings, *, images: int, gpu: bool) -> None:
    """Refuse a training that certainly does not fit.

    Parameters
    ----------
    analysis : Analysis
        Of the network.
    settings : TrainingSettings
        With which optimiser, and on how many images at once.
    images : int
        How many training images there are.
    gpu : bool
        Whether it runs on a GPU, whose own memory counts then.

    Raises
    ------
    UserError
        With the sizes in words, and the batch that would fit.
    """
    free = backend.free_on_gpu() if gpu else available()
    batch = max(1, min(settings.batch, images))
    found = needs(analysis, batch, settings.optimizer, settings.momentum)
    if free is None or found.total * SURE <= free:
        return
    what = " on the GPU" if gpu else ""
    fixed = found.weights + found.gradients + found.optimizer
    if fixed * SURE > free:
        _refuse_weights(analysis, fixed, free, what)
    best = largest_batch(analysis, settings.optimizer, free, momentum=settings.momentum)
    raise UserError(
        f"training on a batch of {batch:,} images needs about {size_text(found.total)}, {_mostly(found)}, "
        f"but {size_text(free)} of memory is free{what}; the largest outputs are from here",
        where=_largest(analysis, lambda row: row.activations),
        mend=f"A batch of {best} would fit" if best else "Use smaller images, or fewer filters",
    )


def _refuse_weights(analysis: Analysis, size: int, free: int, what: str) -> None:
    raise UserError(
        f"the network's {analysis.parameters:,} parameters need about {size_text(size)}, "
        f"but {size_text(free)} of memory is free{what}; most of them are here",
        where=_largest(analysis, lambda row: row.parameters),
        mend="Use fewer units or filters, or pool before it",
    )


def _mostly(found: Needs) -> str:
    return f"{size_text(found.activations + found.working)} of it for what the layers give out"


def _largest(analysis: Analysis, by: Callable[[LayerInfo], int]) -> str:
    return max(analysis.rows, key=by).layer.name
