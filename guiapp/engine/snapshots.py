"""What the time machine is made of: weights and views, recorded while the network learns."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp import visuals
from guiapp.core import notify
from guiapp.core.layers import Layer
from guiapp.core.layers.pretrained import Pretrained
from guiapp.core.runs import RunWriter
from guiapp.engine.live import LiveModel
from guiapp.engine.pretrained import changing

ALL_WEIGHTS = 1_000_000
"""Networks in which training changes more numbers have only kernels of convolutions and small arrays recorded."""

SMALL_WEIGHT = 65_536
FLOAT16_MAX = float(np.finfo(np.float16).max)


class Recorder:
    """Records snapshots of a network.

    Parameters
    ----------
    store : RunWriter
        Where to.
    network : LiveModel
        Of which.
    pinned : uint8 array, shape (P, H, W, C)
        The pinned images as the network sees them.
    """

    def __init__(self, store: RunWriter, network: LiveModel, pinned: NDArray[np.uint8]) -> None:
        self._store, self._network, self._pinned = store, network, pinned
        self._views: dict[str, ModuleType] = {
            name: module for name, module in visuals.computes().items() if hasattr(module, "snapshot")
        }

    def record(self, epoch: int) -> None:
        """Record the network as it is now; the pinned images too at step 0.

        Raises
        ------
        OSError, UserError
            When an earlier recording could not be written.
        """
        with self._network.sharing():
            arrays: dict[tuple[str, str], NDArray[Any]] = dict(self._weights())
            if self._network.step == 0:
                arrays |= {("seen", str(pin)): image for pin, image in enumerate(self._pinned)}
            for name in list(self._views):
                arrays |= self._view(name)
        self._store.snapshot(self._network.step, epoch, arrays)

    def _weights(self) -> dict[tuple[str, str], NDArray[Any]]:
        rows = [(row, set(changing(row))) for row in self._network.analysis.rows]
        changed = sum(weight.size for row, names in rows for weight in row.weights if weight.name in names)
        whole = changed <= ALL_WEIGHTS
        out: dict[tuple[str, str], NDArray[Any]] = {}
        for row, names in rows:
            if not names:
                continue
            shapes = self._network.weight_shapes(row.layer.name)
            wanted = [n for n in shapes if n in names and (whole or _wanted(row.layer, shapes[n]))]
            for name, array in self._network.weights(row.layer.name, wanted).items():
                out["weights", f"{row.layer.name}/{name}"] = compact(array)
        return out

    def _view(self, name: str) -> dict[tuple[str, str], NDArray[Any]]:
        try:
            found = self._views[name].snapshot(self._network, self._pinned)
            return {(name, key): np.asarray(array) for key, array in found.items()}
        except Exception as exc:  # a view that fails must not end a training
            del self._views[name]
            notify.warning(
                f"The view “{name}” cannot be recorded in this run. {notify.as_user_error(exc, doing=name).sentence}"
            )
            return {}


def _wanted(layer: Layer, shape: tuple[int, ...]) -> bool:
    """Whether a weight of a large network is recorded; a backbone's layers are not looked at one by one."""
    return math.prod(shape) <= SMALL_WEIGHT or (len(shape) == 4 and not isinstance(layer, Pretrained))


def compact(array: NDArray[np.float32]) -> NDArray[Any]:
    """Return `array` as float16, or unchanged where a number is too large for that."""
    reach = np.abs(array[np.isfinite(array)]).max(initial=0) if array.ndim else abs(float(array))
    return array if reach > FLOAT16_MAX else array.astype(np.float16)
