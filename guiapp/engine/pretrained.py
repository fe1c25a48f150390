"""The weights that backbones begin with: from Keras' own folder or a file, never fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guiapp.core.analysis import LayerInfo
from guiapp.core.first_weights import image_side, weights_file
from guiapp.core.layers.pretrained import Pretrained
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.engine.build import Built

MOST_BYTES = 8_000_000_000
"""More than this is no file of weights: the largest backbone has 1.4 GB of them."""


def check(network: NetworkSpec) -> None:
    """Refuse a network whose backbones' first weights are not there, before anything large is built.

    Parameters
    ----------
    network : NetworkSpec
        Without blocks.

    Raises
    ------
    UserError
        As `weights_file`.
    """
    for layer in _backbones(network):
        weights_file(layer, image_side(network))


def fill(built: Built) -> None:
    """Give every backbone of a new network its first weights; what is resumed or loaded has its own.

    Raises
    ------
    UserError
        When a file is missing, damaged, or of another network.
    """
    for layer in _backbones(built.spec):
        path = weights_file(layer, image_side(built.spec))
        if path is not None:
            load(built.keras_layer(layer.name), layer, path)
    built.refresh()


def changing(row: LayerInfo) -> tuple[str, ...]:
    """Return the names of the weights of a layer that may be others after a training than before it."""
    if not row.layer.enabled:
        return ()
    still = row.layer.still() if isinstance(row.layer, Pretrained) else frozenset[str]()
    return tuple(weight.name for weight in row.weights if weight.name not in still)


def _backbones(network: NetworkSpec) -> Iterator[Pretrained]:
    return (layer for layer in network.layers if isinstance(layer, Pretrained) and layer.enabled)


def load(model: Any, layer: Pretrained, path: Path) -> None:
    """Give the Keras model of a backbone the weights of a file, of which only arrays of numbers are read.

    Raises
    ------
    UserError
        When it is damaged, too large, or of another network.
    """
    if path.suffix != ".keras":
        _check_sizes(path)
    try:
        model.load_weights(str(path))
    except MemoryError:
        raise
    except OSError as exc:
        raise UserError(
            "cannot be read: it is damaged, or not whole", where=path, mend="Get the file again, or choose another"
        ) from exc
    except Exception as exc:
        raise UserError(
            f"does not hold the weights of {layer.backbone} without its top",
            where=path,
            mend="Choose the file of this very network; its name often holds “notop”",
        ) from exc


def _check_sizes(path: Path) -> None:
    """Refuse a file whose arrays claim to be larger than any backbone's: they would be laid out in memory."""
    import h5py  # type: ignore[import-untyped]

    total = 0

    def add(_name: str, item: Any) -> None:
        nonlocal total
        if isinstance(item, h5py.Dataset):
            total += int(item.size or 0) * item.dtype.itemsize

    try:
        with h5py.File(path, "r") as file:
            file.visititems(add)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as exc:
        raise UserError(
            "cannot be read: it is damaged, or no file of weights", where=path, mend="Get the file again"
        ) from exc
    if total > MOST_BYTES:
        raise UserError(
            f"says that it holds {total / 1e9:,.0f} GB of weights, more than any backbone has",
            where=path,
            mend="Choose another file",
        )
