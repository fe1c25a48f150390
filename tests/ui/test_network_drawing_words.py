from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unittest.mock import MagicMock

import pytest
from PySide6.QtCore import QBuffer, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, create
from guiapp.core.network import NetworkSpec
from guiapp.look.theme import tabular
from guiapp.ui.network.edges import edges_from
from guiapp.ui.network.geometry import sizes
from guiapp.ui.network.lanes import planned
from guiapp.ui.network.painting import Edge
from guiapp.ui.network.placing import Drawing, place
from guiapp.ui.network.saying import say_shapes
from guiapp.ui.network.scene import Scene
from guiapp.ui.network.words import shape_text


def conv(name: str, *inputs: str, filters: int = 16, **fields: object) -> Layer:
    return create("Conv2D", name=name, inputs=inputs, filters=filters, padding="same", **fields)


def chain(*layers: Layer) -> NetworkSpec:
    return NetworkSpec(layers=(create("Input", name="image", height=64, width=64), *layers))


MISMATCH = chain(
    conv("conv1", filters=32),
    conv("left", "conv1"),
    conv("right", "conv1", filters=24, stride=(2, 2)),
    create("Add", name="sum", inputs=("left", "right")),
)


def drawn(network: NetworkSpec, scale: float) -> Drawing:
    rows = analyse(network).rows
    lanes = planned(rows)
    return place(sizes(rows, shape_text, lanes.joins), 4000.0, scale, plan=lanes)


def edges(network: NetworkSpec, scale: float) -> list[Edge]:
    rows, drawing = analyse(network).rows, drawn(network, scale)
    metrics = QFontMetricsF(tabular(QFont(), 11))
    return [e for row in range(len(rows)) for e in edges_from(rows, drawing, row, scale, metrics)]


def svg(network: NetworkSpec, scale: float, placed_at: float) -> str:
    """Return the drawing as text in which all is found that is written."""
    scene, buffer, generator = Scene(pictures=False), QBuffer(), QSvgGenerator()
    scene.show(analyse(network).rows, place_narrow(network, placed_at), scale, QFont())
    generator.setOutputDevice(buffer)
    painter = QPainter(generator)
    scene.paint(painter, QRectF(0, 0, 900, 700), QPointF(20, 20), set())
    painter.end()
    return bytes(buffer.data().data()).decode()


def place_narrow(network: NetworkSpec, scale: float) -> Drawing:
    rows = analyse(network).rows
    lanes = planned(rows)
    return place(sizes(rows, shape_text, lanes.joins), 300.0, scale, plan=lanes)


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.5, 2.2])
def test_both_sides_of_a_mismatch_are_written_on_their_edges(qapp: object, scale: float) -> None:
    written = {(e.source, e.target): e.text for e in edges(MISMATCH, scale) if e.at is not None}
    assert written[2, 4] == "64×64×16"
    assert written[3, 4] == "32×32×24"


def test_the_shape_that_a_layer_cannot_take_is_written_though_it_is_that_before(qapp: object) -> None:
    network = chain(conv("same", filters=3), create("Dense", name="dense"))
    (last,) = [e for e in edges(network, 1.0) if e.target == 2]
    assert last.text == "64×64×3"
    assert last.at is not None


@pytest.mark.parametrize("filters", [16, 17])
def test_a_shape_is_written_once_beside_a_disabled_layer(qapp: object, filters: int) -> None:
    network = chain(conv("one"), conv("off", filters=filters, enabled=False), conv("two", filters=8))
    drawing, all_edges = drawn(network, 1.0), edges(network, 1.0)
    over = [e for e in all_edges if e.source == 1 and e.at is not None]
    assert len(over) <= 1
    box, metrics = drawing.boxes[2], QFontMetricsF(tabular(QFont(), 11))
    for e in over:
        assert e.at is not None
        left, right = e.at.x(), e.at.x() + metrics.horizontalAdvance(e.text)
        assert right <= box.x or left >= box.x + box.size.width


def test_the_last_layer_disabled_is_told_what_it_would_get(qapp: object) -> None:
    network = chain(conv("one"), conv("off", enabled=False))
    assert [e.at is not None for e in edges(network, 1.0) if e.target == 2] == [True]


def said_over(all_edges: Sequence[Edge], network: NetworkSpec, focus: int) -> list[str]:
    painter, said = MagicMock(), list[str]()
    painter.drawText.side_effect = lambda at, text: said.append(text)
    scene = Scene(pictures=False)
    say_shapes(painter, all_edges, all_edges, focus, drawn(network, 1.0), 1.0, QFontMetricsF(QFont()), scene.inks)
    return said


def test_equal_shapes_are_said_once_over_the_chosen_layer(qapp: object) -> None:
    leaving = [e for e in edges(MISMATCH, 1.0) if e.source == 1]
    for e in leaving:
        e.at = None
    assert len(leaving) == 2
    assert said_over(leaving, MISMATCH, 1) == ["64×64×32"]
    leaving[0].at = QPointF(5, 5)
    assert said_over(leaving, MISMATCH, 1) == ["64×64×32"]
    assert said_over(leaving, MISMATCH, 0) == ["64×64×32"]


def test_what_comes_in_and_what_goes_out_is_said_both(qapp: object) -> None:
    network = chain(conv("one"), create("Activation", name="act"), conv("two"))
    around = [e for e in edges(network, 1.0) if 2 in (e.source, e.target)]
    for e in around:
        e.at = None
    assert said_over(around, network, 2) == ["64×64×16", "64×64×16"]


LONG = chain(*(create("BatchNormalization", name=f"batchnormalization{i}") for i in range(8)))


@pytest.mark.parametrize("smaller", [1.0, 0.8, 0.6])
def test_names_do_not_run_together(qapp: object, smaller: float) -> None:
    scene, drawing = Scene(pictures=False), drawn(LONG, 1.2)
    scale = 1.2 * smaller
    scene.show(analyse(LONG).rows, drawing, scale, QFont())
    image = QImage(1600, 300, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    scene.paint(painter, QRectF(image.rect()), QPointF(), set())
    painter.end()
    reach: list[tuple[float, float]] = []
    for row, (_, short, width) in sorted(scene._names.items()):
        box = drawing.boxes[row]
        middle = (box.x + box.size.width / 2) * scale
        if short:
            reach.append((middle - width / 2, middle + width / 2))
    assert len(reach) > 3
    assert all(right + 5 <= left for (_, right), (left, _) in pairwise(reach))


def test_seen_from_further_away_no_shape_lies_on_the_names_of_a_line(qapp: object) -> None:
    network = chain(*(conv(f"c{i}", filters=8 + i) for i in range(6)))
    below = {
        e.text
        for row in range(7)
        for e in edges_from(
            analyse(network).rows, place_narrow(network, 1.0), row, 1.0, QFontMetricsF(tabular(QFont(), 11))
        )
        if e.ground is not None
    }
    assert below
    near, far = svg(network, 1.0, 1.0), svg(network, 0.7, 1.0)
    assert all(f">{text}<" in near for text in below)
    assert not any(f">{text}<" in far for text in below)


def test_shapes_are_written_from_left_to_right_where_the_window_is_not(qapp: object) -> None:
    images: list[QImage] = []
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        scene, image = Scene(pictures=False), QImage(900, 300, QImage.Format.Format_RGB32)
        image.fill(0)
        scene.show(analyse(MISMATCH).rows, drawn(MISMATCH, 1.0), 1.0, QFont())
        painter = QPainter(image)
        painter.setLayoutDirection(direction)
        scene.paint(painter, QRectF(image.rect()), QPointF(20, 20), set())
        painter.end()
        images.append(image)
    assert images[0] == images[1]
