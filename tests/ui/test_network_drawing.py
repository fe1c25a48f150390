from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, QSettings, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QPainter
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.layers import Layer, create
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.network import drawing_actions
from guiapp.ui.network.columns import LEAST_STEP
from guiapp.ui.network.drawing import NetworkDrawing
from guiapp.ui.network.drawing_actions import _to_clipboard
from guiapp.ui.network.drawing_export import FOLDER_KEY, DrawingExport
from guiapp.ui.network.edges import Marked, of_marked
from guiapp.ui.network.fitting import LEAST_FIT, SCALES, _at_scale, best
from guiapp.ui.network.frames import frames
from guiapp.ui.network.geometry import Size, sizes
from guiapp.ui.network.inks import inks
from guiapp.ui.network.lanes import Plan, chain, plan, planned
from guiapp.ui.network.paper import Paper, Sheet, print_on, turned
from guiapp.ui.network.picture import thumbnail
from guiapp.ui.network.placing import HEAD, ROW_GAP, WAY_ROUND, Box, Drawing, place, place_again
from guiapp.ui.network.routes import Point, points
from guiapp.ui.network.saying import crosses, said_shapes
from guiapp.ui.network.scene import Scene
from guiapp.ui.network.stacking import CAPTION
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.walking import across, follow
from guiapp.ui.network.words import shape_text
from tests.ui.network_place import open_network_page

Show = Callable[[NetworkSpec], NetworkDrawing]


def conv(name: str, *inputs: str, filters: int = 16, group: str = "") -> Layer:
    return create("Conv2D", name=name, filters=filters, padding="same", inputs=inputs, group=group)


def residual() -> NetworkSpec:
    return NetworkSpec(
        layers=(
            create("Input", name="image", height=32, width=32),
            conv("stem"),
            conv("one"),
            conv("two"),
            create("Add", name="sum", inputs=("two", "stem")),
            create("Flatten", name="flat"),
            create("Dense", name="dense", units=10),
        )
    )


def inception(group: str = "mix") -> NetworkSpec:
    return NetworkSpec(
        layers=(
            create("Input", name="image", height=28, width=28),
            conv("stem"),
            conv("mix_a", "stem", filters=64, group=group),
            conv("mix_b1", "stem", filters=48, group=group),
            conv("mix_b2", filters=128, group=group),
            conv("mix_c1", "stem", filters=8, group=group),
            conv("mix_c2", filters=32, group=group),
            create("Concatenate", name="mix_all", inputs=("mix_a", "mix_b2", "mix_c2"), group=group),
            create("GlobalAveragePooling2D", name="gap"),
            create("Dense", name="dense", units=10),
        )
    )


def drawn(network: NetworkSpec, width: float = 900.0, scale: float = 1.0) -> Drawing:
    rows = analyse(network).rows
    lanes = planned(rows)
    return place(sizes(rows, shape_text, lanes.joins), width, scale, plan=lanes)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Plan, tuple[Size, ...]]:
    count = draw(st.integers(1, 30))
    source = random.Random(draw(st.integers(0, 10**6)))
    joins: list[tuple[int, ...]] = [()]
    for i in range(1, count):
        several = source.random()
        most = 1 if several < 0.7 else min(i, 4)
        near = [i - 1] if source.random() < 0.6 else []
        joins.append(tuple(dict.fromkeys([*near, *source.sample(range(i), most)]))[:most] or (i - 1,))
    all_sizes = tuple(
        Size(
            source.uniform(5, 30),
            source.uniform(6, 90),
            source.choice((0.0, 30.0)),
            40.0,
            50.0,
            source.choice(("", "x")),
        )
        for _ in range(count)
    )
    return plan(tuple(joins)), all_sizes


def reach(box: Box, scale: float = 1.0) -> tuple[float, float, float, float]:
    return box.x, box.y - box.size.full_height, box.x + box.size.width, box.y


def apart(one: Box, two: Box) -> bool:
    a, b = reach(one), reach(two)
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from([250.0, 700.0, 5000.0]), st.sampled_from([0.5, 1.0, 1.7]), st.data())
def test_placing_again_what_differs_is_the_same_as_placing_everything(
    graph: tuple[Plan, tuple[Size, ...]], width: float, scale: float, data: st.DataObject
) -> None:
    lanes, all_sizes = graph
    before = place(all_sizes, width, scale, plan=lanes)
    others = list(all_sizes)
    for row in data.draw(st.lists(st.integers(0, len(others) - 1), max_size=4)):
        taller, thicker = data.draw(st.sampled_from([0.0, 30.0])), data.draw(st.sampled_from([0.0, 3.0, 60.0]))
        size = others[row]
        others[row] = replace(size, height=size.height + taller, thickness=size.thickness + thicker, label="wide")
    again = place_again(others, before)
    anew = place(others, 0.0, scale, kept=[box.line for box in before.boxes], plan=lanes)
    assert again == anew
    assert again.made_of == anew.made_of
    assert again.boxes == anew.boxes
    assert place_again(all_sizes, again).boxes == before.boxes


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from([(300.0, 700.0), (700.0, 400.0), (1500.0, 900.0)]))
def test_scales_that_are_not_tried_would_not_have_been_the_best(
    graph: tuple[Plan, tuple[Size, ...]], room: tuple[float, float]
) -> None:
    lanes, all_sizes = graph
    found = best(all_sizes, *room, 0.55, 2.2, lanes)
    tried = [_at_scale(all_sizes, *room, scale, lanes).scale for scale in (0.55, *SCALES)]
    assert found.scale == pytest.approx(max(0.55, *tried))


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from([250.0, 700.0, 5000.0]))
def test_no_volumes_overlap_and_edges_lead_to_the_right_and_through_none(
    graph: tuple[Plan, tuple[Size, ...]], width: float
) -> None:
    lanes, all_sizes = graph
    drawing = place(all_sizes, width, 1.0, plan=lanes)
    assert len(drawing.boxes) == len(all_sizes)
    for one, two in combinations(drawing.boxes, 2):
        assert apart(one, two)
    for target, joins in enumerate(lanes.joins):
        for source in joins:
            before, after = drawing.boxes[source], drawing.boxes[target]
            assert before.line <= after.line
            assert before.line < after.line or before.x + before.size.width < after.x
            way = points(drawing, source, target, source)
            for row, box in enumerate(drawing.boxes):
                if row not in (source, target):
                    assert not any(_through(box, a, b) for a, b in pairwise(way)), (source, target, row)


def _through(box: Box, a: tuple[float, float], b: tuple[float, float]) -> bool:
    left, top, right, bottom = reach(box)
    low, high = (min(a[0], b[0]), min(a[1], b[1])), (max(a[0], b[0]), max(a[1], b[1]))
    return low[0] < right - 0.01 and high[0] > left + 0.01 and low[1] < bottom - 0.01 and high[1] > top + 0.01


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_the_same_network_is_placed_the_same_way(graph: tuple[Plan, tuple[Size, ...]]) -> None:
    lanes, all_sizes = graph
    plan.cache_clear()
    again = plan(lanes.joins)
    assert again is not lanes
    assert place(all_sizes, 700.0, 1.0, plan=again).boxes == place(all_sizes, 700.0, 1.0, plan=lanes).boxes
    assert lanes.columns == again.columns


def plainly(all_sizes: tuple[Size, ...], limit: float, scale: float) -> list[tuple[float, float, int]]:
    """Place a chain as it was before there were branches: the reference."""
    lines: list[list[tuple[int, float, float]]] = []
    x, before = limit + 1.0, 0.0
    for i, size in enumerate(all_sizes):
        pad, step = size.pad(scale), size.edge(scale)
        step = max(step - before - pad, LEAST_STEP)
        if x + step + size.width + 2 * pad > limit:
            lines.append([])
            x, step = (0.0, 0.0) if len(lines) == 1 else (WAY_ROUND, 0.0)
        lines[-1].append((i, x + step + pad, pad))
        x, before = x + step + size.width + 2 * pad, pad
    found: list[tuple[float, float, int]] = []
    top = 0.0
    for number, line in enumerate(lines):
        tall = max(all_sizes[i].full_height for i, _, _ in line)
        found += [(left, top + HEAD + (tall + all_sizes[i].full_height) / 2, number) for i, left, _ in line]
        top += HEAD + tall + CAPTION / scale + ROW_GAP
    return found


@pytest.mark.parametrize("name", ["mnist-lenet", "pets-4conv"])
@pytest.mark.parametrize(("width", "scale"), [(400.0, 0.55), (620.0, 1.0), (1800.0, 2.0)])
def test_plain_chains_are_placed_as_ever(name: str, width: float, scale: float) -> None:
    all_sizes = sizes(analyse(templates.load(name).network).rows, shape_text)
    drawing = place(all_sizes, width, scale)
    for box, (x, y, line) in zip(drawing.boxes, plainly(all_sizes, width, scale), strict=True):
        assert box.line == line
        assert (box.x, box.y) == pytest.approx((x, y))


def test_branches_lie_in_parallel_and_meet_after_the_longest() -> None:
    drawing = drawn(inception())
    names = {row.layer.name: i for i, row in enumerate(analyse(inception()).rows)}
    a, b1, b2, c1, c2, last = (names[f"mix_{n}"] for n in ("a", "b1", "b2", "c1", "c2", "all"))
    middles = [drawing.boxes[i].middle for i in (a, b1, c1)]
    assert middles == sorted(middles)
    assert drawing.boxes[b1].middle == drawing.boxes[b2].middle == drawing.boxes[last].middle
    assert drawing.boxes[c1].middle == drawing.boxes[c2].middle
    assert drawing.plan.column[a] == drawing.plan.column[b1] == drawing.plan.column[c1]
    assert drawing.plan.column[last] == drawing.plan.column[b2] + 1


def test_a_shortcut_runs_over_the_main_path_and_a_projection_in_a_lane_of_its_own() -> None:
    lanes = planned(analyse(residual()).rows)
    assert set(lanes.lane) == {0}
    assert lanes.ways[1, 4] == -1
    way = points(drawn(residual()), 1, 4, 1)
    assert min(y for _, y in way) < min(y for _, y in (way[0], way[-1]))
    both = NetworkSpec(
        layers=(*residual().layers[:4], conv("short", "stem"), create("Add", name="sum", inputs=("two", "short")))
    )
    assert planned(analyse(both).rows).lane == (0, 0, 0, 0, 1, 0)


def into_one(names: tuple[str, ...]) -> NetworkSpec:
    layers = (create("Input", name="image", height=32, width=32), conv("stem"), conv("one"), conv("two"), conv("three"))
    return NetworkSpec(layers=(*layers, create("Add", name="sum", inputs=names), conv("end")))


@pytest.mark.parametrize(
    "network",
    [
        into_one(("three", "one", "stem")),
        into_one(("stem", "one", "two", "three")),
        inception(),
        NetworkSpec(
            layers=(
                *residual().layers[:2],
                *(conv(name, "stem") for name in "abcde"),
                create("Add", name="sum", inputs=("a", "b", "c", "d", "e", "stem")),
            )
        ),
    ],
)
def test_edges_into_one_volume_do_not_cover_or_cross_each_other(network: NetworkSpec) -> None:
    drawing = drawn(network, 5000.0)
    merges = [row for row, joins in enumerate(drawing.plan.joins) if len(joins) > 1]
    for target in merges:
        ways = {source: points(drawing, source, target, source) for source in drawing.plan.joins[target]}
        ends = sorted(way[-1][1] for way in ways.values())
        box = drawing.boxes[target]
        assert all(b - a >= 1 for a, b in pairwise(ends))
        assert all(box.y - box.size.height <= y <= box.y for y in ends)
        for one, two in combinations(ways.values(), 2):
            shared = [(a, b) for a in pairwise(one[-4:]) for b in pairwise(two[-4:]) if _meet(a, b)]
            # Only where they leave the same volume may they run together.
            assert one[0] == two[0] or not shared


def _meet(a: tuple[Point, Point], b: tuple[Point, Point]) -> bool:
    (ax, ay, aw, ah), (bx, by, bw, bh) = (
        (min(p[0], q[0]), min(p[1], q[1]), max(p[0], q[0]), max(p[1], q[1])) for p, q in (a, b)
    )
    return ax <= bw and bx <= aw and ay <= bh and by <= ah


def test_a_section_is_not_torn_by_the_end_of_a_line() -> None:
    layers = [*inception("").layers[:2]]
    layers += [conv(f"c{i}") for i in range(5)]
    layers += [
        layer.with_fields(inputs=("c4",) if layer.inputs == ("stem",) else layer.inputs)
        for layer in inception("").layers[2:]
    ]
    for width in range(420, 900, 40):
        drawing = drawn(NetworkSpec(layers=tuple(layers)), float(width))
        assert len({drawing.boxes[i].line for i in range(7, 13)}) == 1
        assert drawing.width <= width + WAY_ROUND


def test_a_section_too_long_for_any_line_is_torn_and_stays_inside() -> None:
    layers = [create("Input", name="image"), conv("stem"), *(conv(f"c{i}") for i in range(30))]
    layers.append(create("Add", name="sum", inputs=("c29", "stem")))
    drawing = drawn(NetworkSpec(layers=tuple(layers)), 600.0)
    assert drawing.boxes[-1].line > 2
    assert drawing.width <= 600 + WAY_ROUND
    way = points(drawing, 1, 32, 1)
    assert all(0 <= x <= drawing.width for x, _ in way)


def test_a_dead_branch_ends_beside_the_main_path() -> None:
    network = NetworkSpec(layers=(*residual().layers[:2], conv("dead", "stem"), conv("on", "stem"), conv("more")))
    drawing = drawn(network)
    assert drawing.boxes[2].middle != drawing.boxes[3].middle
    assert drawing.plan.targets[2] == ()


def test_a_frame_goes_round_an_opened_block_alone() -> None:
    drawing = drawn(inception(), 5000.0)
    (frame,) = frames(drawing)
    area = QRectF(frame.x, frame.y, frame.width, frame.height)
    inside = [area.contains(box.x + box.size.width / 2, box.middle) for box in drawing.boxes]
    assert frame.name == "mix"
    assert inside == [False, False, *[True] * 6, False, False]


def test_what_does_not_fit_wastes_no_width() -> None:
    layers = (create("Input", name="image", height=64, width=64), *(conv(f"c{i}") for i in range(99)))
    all_sizes = sizes(analyse(NetworkSpec(layers=layers)).rows, shape_text)
    fit = best(all_sizes, 600.0, 400.0, 0.55, 2.2)
    assert fit.scale == 0.55
    assert 0.8 * 600 <= fit.drawing.width * fit.scale <= 601


def test_walking_follows_edges_and_changes_lanes() -> None:
    drawing = drawn(inception(), 5000.0)
    assert [follow(drawing, 3, 1), follow(drawing, 3, -1), follow(drawing, 1, 1)] == [4, 1, 3]
    assert [follow(drawing, 0, -1), follow(drawing, 9, 1)] == [0, 9]
    assert [across(drawing, 3, -1), across(drawing, 3, 1), across(drawing, 2, 1), across(drawing, 6, -1)] == [
        2,
        5,
        3,
        4,
    ]
    line = place((Size(10, 10, 0, 1, 0, ""),) * 3, 500.0, 1.0, plan=chain(3))
    assert [across(line, 1, 1), across(line, 2, 1), across(line, 0, -1)] == [2, 2, 0]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def open_(network: NetworkSpec) -> NetworkDrawing:
        session = Session(Project(network=network))
        state = NetworkState(session, DatasetModel(session, EngineClient("nothing")))
        drawing = NetworkDrawing(state)
        state.setParent(drawing)
        qtbot.addWidget(drawing)
        drawing.resize(900, 600)
        with qtbot.waitExposed(drawing):
            drawing.show()
        return drawing

    return open_


def test_the_edges_under_the_pointer_stand_out_with_their_shapes(show: Show) -> None:
    drawing = show(inception())
    plain = drawing.grab().toImage()
    QTest.mouseMove(drawing, drawing.rect_of(6).center().toPoint())
    assert drawing.grab().toImage() != plain
    QTest.mouseMove(drawing, QPoint(3, 3))
    assert drawing.grab().toImage() == plain


@pytest.mark.parametrize("network", [into_one(("three", "one", "stem")), into_one(("three", "two", "one")), residual()])
@pytest.mark.parametrize("scale", [0.5, 0.8, 1.3])
def test_the_shape_on_a_short_edge_is_said_on_it_and_on_no_other(
    qapp: object, network: NetworkSpec, scale: float
) -> None:
    rows, scene = analyse(network).rows, Scene(pictures=False)
    drawing = drawn(network, 5000.0, scale)
    scene.show(rows, drawing, scale, QFont())
    metrics = scene._metrics
    every = [e for row in range(len(rows)) for e in scene._edges(row, scale)]
    for e in every:
        e.at = None
    for focus in range(len(rows)):
        strong = of_marked(every, Marked(frozenset({focus}), focus))
        said = said_shapes(strong, every, focus, drawing, scale, metrics)
        assert len({(one.edge.source == focus, one.edge.text) for one in said}) == len(said)
        assert strong == [] or said
        for one in said:
            ground = one.ground(metrics)
            assert ground.center().x() == pytest.approx(one.at.x() + ground.width() / 2 - 5)
            if one.line is None:
                assert crosses(one.edge.path, ground), "it lies on its edge"
            else:
                foot = QRectF(one.line.x2() - 1, one.line.y2() - 1, 2, 2)
                assert crosses(one.edge.path, foot), "its line ends on its edge"
                others = [e for e in every if e is not one.edge]
                assert not any(crosses(e.path, ground) for e in others), (one.edge.source, one.edge.target)


def test_arrows_walk_and_the_name_says_what_is_chosen(show: Show) -> None:
    drawing = show(inception())
    drawing.setFocus()
    said: list[str] = []
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right):
        QTest.keyClick(drawing, key)
        said.append(drawing.accessibleName())
    chosen = ["image", "stem", "mix_b1", "mix_c1", "mix_c2"]
    assert [text.split(", ")[1] for text in said] == [f"{name} chosen" for name in chosen]
    assert said[-1].endswith("gives 28×28×32")


def test_the_right_button_chooses_what_its_menu_is_for(show: Show) -> None:
    drawing = show(residual())
    QTest.mouseClick(drawing, Qt.MouseButton.RightButton, pos=drawing.rect_of(3).center().toPoint())
    assert drawing.accessibleName().startswith("Drawing of the network, two chosen")


def test_every_volume_with_branches_is_found_where_it_is_drawn(show: Show) -> None:
    drawing = show(inception())
    for row in range(10):
        at = drawing.rect_of(row).center()
        assert drawing.rect().contains(at.toPoint())
        assert drawing.row_at(at) == row


def test_blocks_merges_dead_ends_and_broken_layers_are_painted(show: Show) -> None:
    network = inception().update("mix_c2", padding="valid").update("mix_b1", enabled=False)
    group = create("Group", name="block", layers=(conv("inner"),), inputs=("stem",))
    drawing = show(NetworkSpec(layers=(*network.layers[:2], group, *network.layers[2:])))
    image = drawing.grab().toImage()

    def has(row: int, wanted: QColor) -> bool:
        area = drawing.rect_of(row).toAlignedRect()
        return any(
            image.pixelColor(x, y) == wanted
            for x in range(area.left(), area.right())
            for y in range(area.top(), area.bottom())
        )

    full = inks().mixed(inks().color("accent"), 0.28)
    assert has(8, inks().color("bad")), "the Concatenate whose inputs differ"
    assert not has(3, inks().color("bad"))
    assert has(3, full)
    assert not has(4, full), "a disabled one is an outline"


def test_a_thumbnail_shows_the_whole_in_both_appearances_on_any_thread(qapp: object) -> None:
    made: list[QImage] = []
    for dark in (False, True):
        worker = threading.Thread(target=lambda dark=dark: made.append(thumbnail(inception(), 240, 160, dark=dark)))
        worker.start()
        worker.join(10)
    light, dark_one = made
    assert (light.width(), light.height()) == (240, 160)
    ground = light.pixelColor(0, 0)
    border = [light.pixelColor(x, y) for x in range(240) for y in (0, 159)]
    assert set(map(str, border)) == {str(ground)}
    assert any(light.pixelColor(x, y) != ground for x in range(240) for y in range(160))
    assert ground.lightness() > 200 > 60 > dark_one.pixelColor(0, 0).lightness()


@pytest.mark.parametrize("network", [NetworkSpec(), NetworkSpec(layers=(conv("alone"),))])
def test_a_thumbnail_of_little_or_nothing_is_a_picture_too(qapp: object, network: NetworkSpec) -> None:
    assert not thumbnail(network, 64, 48).isNull()


def test_svg_holds_the_names_and_shapes_as_text(qapp: object) -> None:
    data = Sheet(analyse(inception()).rows, QFont()).svg("mine")
    text = data.decode()
    for word in ("mine", "stem", "28×28×128", "28×28×64", "mix"):
        assert f">{word}<" in text
    renderer = QSvgRenderer(data)
    assert renderer.isValid()


def test_png_and_pdf_are_as_large_as_asked_for(qapp: object) -> None:
    sheet = Sheet(analyse(residual()).rows, QFont(), Paper(transparent=True))
    image = QImage.fromData(sheet.png(777))
    assert image.width() == 777
    assert image.pixelColor(1, 1).alpha() == 0
    white = Sheet(analyse(residual()).rows, QFont())
    assert white.image(300).pixelColor(0, 0).name() == "#ffffff"
    assert sheet.pdf("mine").startswith(b"%PDF")


def test_a_picture_that_is_too_large_is_refused_in_words(qapp: object) -> None:
    sheet = Sheet(analyse(residual()).rows, QFont())
    with pytest.raises(UserError, match="too large"):
        sheet.png(200_000)


def test_paper_is_in_light_colours_whatever_the_window_has(qapp: object) -> None:
    rows = analyse(residual()).rows
    assert Sheet(rows, QFont(), Paper(dark=True)).image(200).pixelColor(0, 0).lightness() < 60
    assert Sheet(rows, QFont(), Paper(dark=False)).image(200).pixelColor(0, 0).lightness() == 255


def test_printing_fills_one_page(qapp: object, tmp_path: Path) -> None:
    rows = analyse(inception()).rows
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    turned(printer, rows, QFont())
    assert printer.pageLayout().orientation() == printer.pageLayout().Orientation.Landscape
    print_on(printer, rows, QFont())
    data = (tmp_path / "out.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") == 1


def test_a_printer_that_cannot_be_used_is_said(qapp: object, tmp_path: Path) -> None:
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    other = QPainter(printer)
    with pytest.raises(UserError, match="cannot be used"):
        print_on(printer, analyse(residual()).rows, QFont())
    other.end()


@pytest.fixture
def export(qtbot: QtBot, tmp_path: Path) -> DrawingExport:
    kept = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    dialog = DrawingExport(analyse(inception()).rows, "mine", kept)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: "any size" in dialog.facts.text())
    return dialog


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_the_export_is_written_whole_and_its_folder_remembered(
    qtbot: QtBot, export: DrawingExport, tmp_path: Path, suffix: str
) -> None:
    export.format.setCurrentIndex(export.format.findData(suffix))
    path = tmp_path / "there" / f"net{suffix}"
    export.write(path)
    qtbot.waitUntil(export.save_button.isEnabled)
    assert path.stat().st_size > 1000
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert export._settings.value(FOLDER_KEY) == str(path.parent)


def test_the_first_export_begins_beside_the_project_and_later_ones_where_the_last_was(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(_parent: object, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        asked.append(start)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    place = tmp_path / "work" / "mine.convnet"
    page = open_network_page(qtbot, tmp_path, Project(network=residual(), name="mine"), place)
    drawing_actions._Doing(page).export()
    dialog = page.findChild(DrawingExport)
    assert dialog is not None
    dialog.save_button.click()
    page.services.settings.setValue(FOLDER_KEY, str(tmp_path / "last"))
    dialog.save_button.click()
    assert [Path(start).parent for start in asked] == [tmp_path / "work", tmp_path / "last"]
    qtbot.waitUntil(lambda: bool(dialog.facts.text()))
    dialog.close()


def test_the_size_of_a_png_is_said_and_can_be_typed(export: DrawingExport) -> None:
    export.format.setCurrentIndex(export.format.findData(".png"))
    once = export.pixel_width
    export.pixels.setCurrentText("4×")
    assert export.pixel_width == 2 * once
    assert export.facts.text().startswith(f"{export.pixel_width:,} × ")
    assert not export.width_field.isEnabled()
    export.pixels.setCurrentText("Own width")
    export.width_field.set_value(640)
    assert export.pixel_width == 640


def test_a_folder_that_cannot_be_written_is_said_in_the_dialog(
    qtbot: QtBot, export: DrawingExport, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    export.write(tmp_path / "file" / "net.svg")
    qtbot.waitUntil(lambda: bool(export.problem.text()))
    assert "net.svg" in export.problem.text() or "file" in export.problem.text()
    assert export.save_button.isEnabled()


def test_copying_gives_a_picture_and_its_svg(qapp: object) -> None:
    sheet = Sheet(analyse(residual()).rows, QFont())
    _to_clipboard((sheet.image(400), sheet.svg("mine")))
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasImage()
    assert data.hasFormat("image/svg+xml")


def many(count: int) -> NetworkSpec:
    layers: list[Layer] = [create("Input", name="image", height=64, width=64), conv("sum0", filters=8)]
    for i in range(1, count):
        layers += [
            conv(f"a{i}", f"sum{i - 1}", filters=8),
            conv(f"b{i}", filters=8),
            conv(f"c{i}", f"sum{i - 1}", filters=8),
        ]
        layers.append(create("Add", name=f"sum{i}", inputs=(f"b{i}", f"c{i}")))
    return NetworkSpec(layers=tuple(layers))


@pytest.mark.parametrize("network", [many(39), many(250), flat(templates.load("resnet-18").network)])
@pytest.mark.parametrize("size", [(420, 300), (900, 600)])
def test_the_whole_network_is_shown_at_whatever_scale_that_takes(
    show: Show, network: NetworkSpec, size: tuple[int, int]
) -> None:
    drawing = show(network)
    drawing.resize(*size)
    last = len(network.layers) - 1
    assert drawing.zoom >= LEAST_FIT
    assert not drawing.rect().toRectF().contains(drawing.rect_of(last))
    drawing._state.select((last,))
    drawing.setFocus()
    QTest.keyClick(drawing, Qt.Key.Key_0)
    assert all(drawing.rect().toRectF().contains(drawing.rect_of(row)) for row in range(last + 1))
    shown = drawing.grab().toImage()
    drawing._state.select((0,))
    assert drawing.grab().toImage() != shown
    drawing.resize(size[0] + 60, size[1])
    assert all(drawing.rect().toRectF().contains(drawing.rect_of(row)) for row in range(last + 1))
    before = drawing.zoom
    QTest.keyClick(drawing, Qt.Key.Key_Minus)
    assert drawing.zoom <= before


def test_names_are_left_out_where_hardly_a_letter_has_room(qapp: object) -> None:
    rows = analyse(many(39)).rows
    scene, image = Scene(), QImage(900, 600, QImage.Format.Format_RGB32)
    scene.show(rows, drawn(many(39), scale=2.0), 0.45, QFont())
    painter = QPainter(image)
    scene.paint(painter, QRectF(image.rect()), QPointF(), set())
    painter.end()
    written = {rows[row].layer.name: short for row, (_, short, _) in scene._names.items()}
    assert "" in written.values()
    assert all(not short or short == name or len(short) >= 4 for name, short in written.items())


def test_a_thousand_layers_with_branches_are_placed_and_painted(show: Show) -> None:
    drawing = show(many(250))
    drawing.zoom_by(0.2)
    assert not drawing.grab().isNull()
    assert drawing.zoom < 0.2
