"""Where backbones find the weights that they begin with: in Keras' own folder or a file, never fetched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast

from guiapp.core.layers import Layer, Problem
from guiapp.core.layers.blocks import Group
from guiapp.core.layers.pretrained import CHOOSE, RANDOM, Pretrained
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError

SUFFIXES = (".h5", ".hdf5", ".keras")
MENDS = "Choose a file of weights in its fields, or let it begin at random"


class Wanted(NamedTuple):
    """The first weights of a backbone, and the height of the images: some backbones have weights for several sizes."""

    backbone: str
    weights_from: str
    file: str
    side: int


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
        The height of the images.

    Raises
    ------
    UserError
        When there is no such file; it says where it was looked for, and how to mend it.
    """
    if layer.weights_from == "random":
        return None
    if layer.weights_from == "file":
        path = _path(layer.file)
        if path.suffix not in SUFFIXES:
            raise UserError("is no file of weights", where=path, mend=f"Choose one that ends in {', '.join(SUFFIXES)}")
        if not _is_file(path):
            raise UserError(f"is not there, but “{layer.name}” takes its weights from it", where=path, mend=MENDS)
        return path
    paths = _of_imagenet(layer, side)
    found = [path for path in paths if _is_file(path)]
    if found:
        return found[0]
    raise UserError(
        f"the ImageNet weights of {layer.backbone} are not on this machine: {paths[0].name} was looked for in "
        f"{paths[0].parent}, and nothing is fetched without being asked",
        where=layer.name,
        mend=f"Put that file there, or {MENDS[0].lower()}{MENDS[1:]}",
    )


def _path(text: str) -> Path:
    path = Path(text.strip())
    try:
        return path.expanduser()
    except RuntimeError:  # “~” of somebody whom this machine does not know
        return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that may not be looked into
        return False


def _of_imagenet(layer: Pretrained, side: int) -> list[Path]:
    names = dict.fromkeys((layer.known.file_for(side), layer.known.files[""]))
    return [cache_folder() / name for name in names]


def image_side(network: NetworkSpec) -> int:
    """Return the height of the network's images; 0 where it has no Input."""
    return int(getattr(network.layers[0], "height", 0)) if network.layers else 0


def wanted(network: NetworkSpec) -> frozenset[Wanted]:
    """Return the first weights of all backbones of a network; empty fields are the arithmetic's to tell."""
    side = image_side(network)
    return frozenset(_wanted(layer, side) for layer in _backbones(network.layers) if _is_named(layer))


def _wanted(layer: Pretrained, side: int) -> Wanted:
    return Wanted(layer.backbone, layer.weights_from, layer.file, side)


def _is_named(layer: Pretrained) -> bool:
    return layer.weights_from == "ImageNet" or (layer.weights_from == "file" and bool(layer.file.strip()))


def _backbones(layers: Iterable[Layer]) -> Iterator[Pretrained]:
    for layer in layers:
        if not layer.enabled:
            continue
        if isinstance(layer, Pretrained):
            yield layer
        elif isinstance(layer, Group):
            yield from _backbones(layer.layers)


def missing(found: Wanted) -> str:
    """Look on the disk, and return why first weights cannot be had; empty where they are there."""
    fields = {"backbone": found.backbone, "weights_from": found.weights_from, "file": found.file}
    layer = cast(Pretrained, Pretrained().with_fields(**fields))
    try:
        weights_file(layer, found.side)
    except UserError:
        return _why(layer, found.side)
    return ""


def _why(layer: Pretrained, side: int) -> str:
    if layer.weights_from == "file":
        path = _path(layer.file)
        if path.suffix not in SUFFIXES:
            return f"takes its weights from {path}, which is no file of weights; they end in {', '.join(SUFFIXES)}"
        return f"takes its weights from {path}, but that file is not there; choose another, or begin at random"
    path = _of_imagenet(layer, side)[0]
    return (
        f"begins with the ImageNet weights of {layer.backbone}, but they are not on this machine, and nothing is "
        f"fetched unasked; put {path.name} into {path.parent}, choose a file, or begin at random"
    )


def problems(network: NetworkSpec, told: Mapping[Wanted, str]) -> dict[int, Problem]:
    """Return what is wrong with first weights, by the positions of their layers.

    Parameters
    ----------
    network : NetworkSpec
        The network.
    told : Mapping[Wanted, str]
        What `missing` said.
    """
    side = image_side(network)
    found: dict[int, Problem] = {}
    for at, layer in enumerate(network.layers):
        if not isinstance(layer, Pretrained | Group):
            continue
        inner = next((part for part in _backbones((layer,)) if _said(part, side, told)), None)
        if inner is None:
            continue
        text = _said(inner, side, told)
        if inner is layer:
            field = "file" if getattr(layer, "weights_from", "") == "file" else "weights_from"
            found[at] = Problem(layer.name, text, field, repair=CHOOSE, others=(RANDOM,))
        else:
            found[at] = Problem(layer.name, f"its layer {inner.name} {text}; open the block first")
    return found


def _said(layer: Pretrained, side: int, told: Mapping[Wanted, str]) -> str:
    return told.get(_wanted(layer, side), "") if _is_named(layer) else ""
