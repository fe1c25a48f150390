from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, create
from guiapp.core.network import NetworkSpec
from guiapp.ui.network.geometry import sizes
from guiapp.ui.network.lanes import planned, planned_again
from guiapp.ui.network.placing import Drawing, place, place_again
from guiapp.ui.network.scene import Scene
from guiapp.ui.network.words import shape_text

WIDTH, HEIGHT = 760, 900
CORNER = QPointF(30, 30)


def plain(count: int) -> NetworkSpec:
    kinds = ("Conv2D", "BatchNormalization", "Activation")
    layers = [create("Input", name="image", height=32, width=32)]
    layers += [create(kinds[i % 3], name=f"layer{i}") for i in range(count)]
    return NetworkSpec(layers=tuple(layers))


def branched(count: int) -> NetworkSpec:
    layers: list[Layer] = [create("Input", name="image", height=32, width=32)]
    before = "image"
    for i in range(count):
        layers.append(create("Conv2D", name=f"a{i}", filters=16, padding="same", inputs=(before,)))
        layers.append(create("Conv2D", name=f"b{i}", filters=16, padding="same"))
        layers.append(create("Conv2D", name=f"c{i}", filters=16, padding="same", inputs=(before,)))
        layers.append(create("Add", name=f"sum{i}", inputs=(f"b{i}", f"c{i}")))
        before = f"sum{i}"
    return NetworkSpec(layers=tuple(layers))


def skipping(count: int) -> NetworkSpec:
    layers: list[Layer] = [create("Input", name="image", height=32, width=32)]
    layers += [create("Conv2D", name=f"layer{i}", filters=16, padding="same") for i in range(count)]
    layers.append(create("Add", name="sum", inputs=("layer1", "layer4", f"layer{count // 2}", layers[-1].name)))
    layers += [create("Conv2D", name=f"end{i}", filters=16, padding="same") for i in range(3)]
    return NetworkSpec(layers=tuple(layers))


def edits(network: NetworkSpec, seed: int, count: int) -> Iterator[NetworkSpec]:
    source = random.Random(seed)
    for _ in range(count):
        row = source.randrange(1, len(network.layers))
        layer = network.layers[row]
        changed: dict[str, object] = {"enabled": not layer.enabled}
        if layer.kind == "Conv2D" and source.random() < 0.8:
            changed = source.choice(
                [{"filters": source.choice([4, 16, 300])}, {"kernel": (source.choice([1, 3, 5]),) * 2}]
            )
        network = network.replace(row, layer.with_fields(**changed))
        yield network


def paint(scene: Scene, image: QImage, area: QRectF) -> None:
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    part = area.toAlignedRect()
    painter.setClipRect(part)
    painter.fillRect(part, scene.inks.color("window"))
    scene.paint(painter, QRectF(part), CORNER, set())
    painter.end()


def blank() -> QImage:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(0)
    return image


def pixels(image: QImage) -> NDArray[np.int16]:
    return np.frombuffer(image.constBits(), np.uint8).astype(np.int16)


def shown(network: NetworkSpec, drawing: Drawing, scale: float) -> Scene:
    scene = Scene()
    scene.show(analyse(network).rows, drawing, scale, QFont())
    return scene


@pytest.mark.parametrize("scale", [0.35, 0.8, 1.3])
@pytest.mark.parametrize(
    ("network", "seed"), [(plain(30), 1), (plain(30), 2), (branched(7), 3), (branched(7), 4), (skipping(24), 5)]
)
def test_painting_only_what_a_change_concerns_shows_the_same_as_painting_everything(
    qtbot: QtBot, network: NetworkSpec, seed: int, scale: float
) -> None:
    rows = analyse(network).rows
    lanes = planned(rows)
    all_sizes = sizes(rows, shape_text, lanes.joins)
    drawing = place(all_sizes, 640 / scale, scale, plan=lanes)
    scene, image = shown(network, drawing, scale), blank()
    whole = QRectF(image.rect())
    paint(scene, image, whole)
    for other in edits(network, seed, 12):
        old_rows, rows = rows, analyse(other).rows
        assert planned_again(rows, old_rows, lanes) is lanes
        all_sizes = sizes(rows, shape_text, lanes.joins, (old_rows, all_sizes))
        assert all_sizes == sizes(rows, shape_text)
        drawing = place_again(all_sizes, drawing)
        for area in scene.change(rows, drawing):
            paint(scene, image, area.translated(CORNER) & whole)
        anew = blank()
        paint(shown(other, drawing, scale), anew, whole)
        # Lines that run together, and dots, are smoothed a little differently at the edge of an area.
        assert np.abs(pixels(image) - pixels(anew)).max() < 40
