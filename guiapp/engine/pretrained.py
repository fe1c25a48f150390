"""The weights that backbones begin with: from Keras' own folder or a file, never fetched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers.pretrained import Pretrained
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.engine.build import Built

MOST_BYTES = 8_000_000_000
"""More than this is no file of weights: the largest backbone has 1.4 GB of them."""

SUFFIXES = (".h5", ".hdf5", ".keras")
MENDS = "Choose a file of weights in its fields, or let it begin at random"


def cache_folder() -> Path:
    """Where Keras keeps the weights that it has fetched."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "models"


def weights_file(layer: Pretrained, side: int) -> Path | None:
    """Return the file of a backbone's first weights; None where it begins at random.

    Parameters
    ----------
    layer : Pretrained
        The backbone.
    side : int
        The height of the images: some backbones have weights for several sizes.

    Raises
    ------
    UserError
        When there is no such file; it says where it was looked for, and how to mend it.
    """
    if layer.weights_from == "random":
        return None
    if layer.weights_from == "file":
        path = Path(layer.file.strip()).expanduser()
        if path.suffix not in SUFFIXES:
            raise UserError("is no file of weights", where=path, mend=f"Choose one that ends in {', '.join(SUFFIXES)}")
        if not path.is_file():
            raise UserError(f"is not there, but “{layer.name}” takes its weights from it", where=path, mend=MENDS)
        return path
    names = dict.fromkeys((layer.known.file_for(side), layer.known.files[""]))
    found = [path for path in (cache_folder() / name for name in names) if path.is_file()]
    if found:
        return found[0]
    raise UserError(
        f"the ImageNet weights of {layer.backbone} are not on this machine: {next(iter(names))} was looked for in "
        f"{cache_folder()}, and nothing is fetched without being asked",
        where=layer.name,
        mend=f"Put that file there, or {MENDS[0].lower()}{MENDS[1:]}",
    )


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
        weights_file(layer, _side(network))


def fill(built: Built) -> None:
    """Give every backbone of a new network its first weights; what is resumed or loaded has its own.

    Raises
    ------
    UserError
        When a file is missing, damaged, or of another network.
    """
    for layer in _backbones(built.spec):
        path = weights_file(layer, _side(built.spec))
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


def _side(network: NetworkSpec) -> int:
    return int(getattr(network.layers[0], "height", 0))


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
