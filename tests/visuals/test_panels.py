from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core.analysis import analyse
from guiapp.core.messages import Epoch, Evaluation, Steps
from guiapp.core.runs import RunReader
from guiapp.look.jobs import Jobs
from guiapp.visuals.confusion.panel import ConfusionPanel
from guiapp.visuals.context import ViewContext
from guiapp.visuals.curves.panel import AccuracyPanel, CurvePanel, LossPanel
from guiapp.visuals.filters.panel import FiltersPanel
from guiapp.visuals.heatmap.panel import HeatmapPanel, overlay
from guiapp.visuals.maps.compute import dequantise
from guiapp.visuals.maps.panel import MapsPanel
from guiapp.visuals.panel import LoadingPanel, Panel, panel_classes
from guiapp.visuals.reading import read_maps
from guiapp.visuals.statistics.panel import StatisticsPanel

P = TypeVar("P", bound=Panel)


@pytest.fixture
def context(qapp: object) -> ViewContext:
    return ViewContext()


def follow(context: ViewContext, run: RunReader) -> None:
    project = run.project()
    context.open_run(run, analyse(project.network), ("a", "b", "c"))
    context.set_pinned(project.pinned)
    metrics = run.metrics()
    context.set_history(metrics.step, metrics.loss, metrics.accuracy, tuple(run.epochs()), run.snapshots())


def shown(qtbot: QtBot, cls: type[P], context: ViewContext, size: tuple[int, int] = (420, 320)) -> P:
    panel = cls(context, Jobs(context))
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    qtbot.waitExposed(panel)
    settle(qtbot, panel)
    return panel


def settle(qtbot: QtBot, panel: Panel) -> None:
    if isinstance(panel, LoadingPanel):
        qtbot.waitUntil(lambda: panel.settled, timeout=10_000)
    if isinstance(panel, CurvePanel):
        # A chart is drawn a moment after another one, and only then made.
        qtbot.waitUntil(lambda: panel.chart is not None, timeout=10_000)


def test_pages_find_their_panels() -> None:
    assert [cls.name for cls in panel_classes("train")] == ["loss", "accuracy", "filters", "maps", "statistics"]
    assert [cls.name for cls in panel_classes("inspect")] == ["filters", "maps", "statistics", "confusion", "heatmap"]


EVERY = dict.fromkeys([*panel_classes("train"), *panel_classes("inspect")])


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.name)
def test_every_panel_says_something_without_a_run_and_fits_a_small_dock(
    qtbot: QtBot, context: ViewContext, run: RunReader, cls: type[Panel]
) -> None:
    panel = shown(qtbot, cls, context)
    assert cls.title
    assert getattr(panel, "empty", None) or panel.stage.empty.isVisible()  # type: ignore[attr-defined]
    follow(context, run)
    settle(qtbot, panel)
    if isinstance(panel, LossPanel | AccuracyPanel):
        panel.redraw()
    assert panel.minimumSizeHint().width() <= 420
    assert panel.minimumSizeHint().height() <= 320


def test_maps_follow_the_step(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, MapsPanel, context)
    assert panel.stage.grid.isVisible()
    assert panel.stage.grid.count() == 6
    assert "conv1 · step 40 · 6 maps of 24×20 · each map has its own scale" in panel.stage.caption.text()
    context.set_step(12)
    settle(qtbot, panel)
    assert "step 10" in panel.stage.caption.text()
    recorded = read_maps(run, 10, "conv1", 0)
    assert recorded is not None
    value = dequantise(recorded.maps, recorded.ranges)[2, 7, 9]
    assert float(panel._value(2, 7, 9)) == pytest.approx(value, rel=1e-3, abs=1e-3)


def test_maps_of_another_layer_image_and_look(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, MapsPanel, context)
    panel.layers.chosen.emit(panel.layers.entries().index("conv2"))
    panel.pins.chosen.emit(1)
    context.set_look(colormap="grey", scale="fixed")
    settle(qtbot, panel)
    assert panel.pins.entries() == ["a", "b"]
    assert panel.pins.currentIndex() == 1
    assert "conv2 · step 40 · 4 maps of 12×10 · one scale" in panel.stage.caption.text()
    context.set_layer("dense1")
    settle(qtbot, panel)
    assert "3 units" in panel.stage.caption.text()


def test_one_click_shows_a_map_alone_and_escape_goes_back(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, MapsPanel, context)
    grid = panel.stage.grid
    at = grid.tile_rect(3).center().toPoint()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert panel.stage.one == 3
    assert panel.view.isVisible()
    assert "map 3 · scale" in panel.stage.caption.text()
    QTest.mouseMove(panel.view, QPoint(panel.view.width() // 2, panel.view.height() // 2))
    panel.view.hovered.emit(2, 4)
    assert panel.stage.readout.text() == f"y 2, x 4 · {panel._value(3, 2, 4)}"
    panel.stage.next.click()
    assert panel.stage.one == 4
    context.set_step(0)
    settle(qtbot, panel)
    assert panel.stage.one == 4
    QTest.keyClick(panel.view, Qt.Key.Key_Escape)
    assert panel.stage.one == -1
    assert grid.isVisible()


def test_a_hidden_panel_rests_and_catches_up(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, MapsPanel, context)
    panel.hide()
    context.set_step(0)
    assert not panel.jobs.busy
    assert "step 40" in panel.stage.caption.text()
    panel.show()
    settle(qtbot, panel)
    assert "step 0" in panel.stage.caption.text()


def test_a_burst_of_steps_ends_at_the_last(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, FiltersPanel, context)
    for step in (0, 10, 20, 30, 40, 20):
        context.set_step(step)
    settle(qtbot, panel)
    assert "step 20" in panel.stage.caption.text()


def test_filters_in_colour_per_channel_and_as_change(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, FiltersPanel, context)
    assert panel.layers.entries() == ["conv1", "conv2"]
    assert panel.mode.entries() == ["colour", "mean", "red", "green", "blue"]
    assert "conv1 · step 40 · weights · 6 filters of 5×3×3 · own scale, grey is zero" in panel.stage.caption.text()
    kernel = run.array(40, "weights", "conv1/kernel")
    start = run.array(0, "weights", "conv1/kernel")
    assert kernel is not None
    assert start is not None
    panel.mode.chosen.emit(3)
    settle(qtbot, panel)
    assert float(panel._value(5, 4, 1)) == pytest.approx(float(kernel[4, 1, 1, 5]), rel=1e-3)
    panel.what.setCurrentIndex(1)
    panel.what.chosen.emit(1)
    settle(qtbot, panel)
    assert "change since start" in panel.stage.caption.text()
    change = float(kernel[4, 1, 1, 5]) - float(start[4, 1, 1, 5])
    assert float(panel._value(5, 4, 1)) == pytest.approx(change, rel=1e-2, abs=1e-4)


def test_one_filter_shows_all_its_input_channels(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    context.set_layer("conv2")
    panel = shown(qtbot, FiltersPanel, context)
    panel.stage.open(1)
    assert panel.channels.isVisible()
    assert panel.channels.count() == 6
    kernel = run.array(40, "weights", "conv2/kernel")
    assert kernel is not None
    assert float(panel._channel_value(4, 2, 0)) == pytest.approx(float(kernel[2, 0, 4, 1]), rel=1e-3)


def test_filters_stay_with_the_convolution_above_another_layer(
    qtbot: QtBot, context: ViewContext, run: RunReader
) -> None:
    follow(context, run)
    panel = shown(qtbot, FiltersPanel, context)
    for layer, expected in (("dense1", "conv2"), ("pool1", "conv1"), ("input1", "conv1")):
        context.set_layer(layer)
        settle(qtbot, panel)
        assert panel.stage.caption.text().startswith(expected)


def test_a_run_without_snapshots_says_so(qtbot: QtBot, context: ViewContext, empty_run: RunReader) -> None:
    follow(context, empty_run)
    for panel in (shown(qtbot, MapsPanel, context), shown(qtbot, FiltersPanel, context)):
        assert panel.stage.empty.isVisible()
        assert panel.stage.empty.accessibleName() == "Not yet"


@pytest.mark.allow_errors
def test_a_store_that_cannot_be_read_is_told_and_the_panel_goes_on(
    qtbot: QtBot, context: ViewContext, run: RunReader, tmp_path: Path
) -> None:
    follow(context, run)
    panel = shown(qtbot, MapsPanel, context)
    away = run.database.rename(tmp_path / "away.db")
    for rest in run.folder.glob("run.db-*"):
        rest.unlink()
    context.set_step(0)
    settle(qtbot, panel)
    assert "step 40" in panel.stage.caption.text()
    away.rename(run.database)
    context.set_step(20)
    settle(qtbot, panel)
    assert "step 20" in panel.stage.caption.text()


def test_statistics_show_the_figures_of_the_step(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, StatisticsPanel, context)
    for step in (40, 10):
        context.set_step(step)
        figures = run.array(step, "statistics", "conv1/kernel")
        assert figures is not None
        assert [label.text() for label in panel.figures[:4]] == [f"{value:.3g}" for value in figures[:4]]
        assert f"step {step}" in panel.caption.text()
    panel.weights.setCurrentIndex(1)
    panel.weights.chosen.emit(1)
    settle(qtbot, panel)
    assert "bias" in panel.caption.text()


def test_curves_follow_training(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, LossPanel, context)
    assert panel.chart is not None
    assert len(panel.chart.smoothed()[1]) == 40
    new = np.arange(41, 61)
    context.add_steps(Steps(str(run.folder), new, new // 20, np.full(20, 0.1), np.ones(20), 100.0, 0.0))
    context.add_epoch(Epoch(str(run.folder), 2, 60, 0.1, 1.0, 0.2, 0.9, 1.0))
    context.refresh()
    chart = panel.chart
    qtbot.waitUntil(lambda: len(chart.smoothed()[1]) == 60)
    assert chart.smoothed()[0].validation.tolist() == pytest.approx([0.6, 0.5, 0.2])
    chart.hovered.emit(60.0)
    assert "step 60" in panel.legend.text()
    assert "validation&nbsp;0.2000" in panel.legend.text()


def test_a_weighted_loss_is_called_so(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    loss, accuracy = shown(qtbot, LossPanel, context), shown(qtbot, AccuracyPanel, context)
    qtbot.waitUntil(lambda: "train&nbsp;" in loss.legend.text())
    context.open_run(run, context.analysis, ("a", "b", "c"), weighted=True)
    metrics = run.metrics()
    context.set_history(metrics.step, metrics.loss, metrics.accuracy, tuple(run.epochs()), run.snapshots())
    qtbot.waitUntil(lambda: "train (weighted)&nbsp;" in loss.legend.text())
    accuracy.redraw()
    assert "weighted" not in accuracy.legend.text()


def test_panels_say_that_the_images_are_being_prepared(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    maps, loss = shown(qtbot, MapsPanel, context), shown(qtbot, LossPanel, context)
    assert maps.pins.count()
    context.open_run(None, None)
    context.set_preparing(True)
    settle(qtbot, maps)
    assert maps.stage.empty.accessibleName() == "Preparing the images…"
    assert maps.pins.count() == 0
    qtbot.waitUntil(lambda: loss.empty.isVisible() and loss.empty.accessibleName() == "Preparing the images…")
    context.set_preparing(False)
    qtbot.waitUntil(lambda: loss.empty.accessibleName() == "Nothing trained yet")
    assert maps.stage.empty.accessibleName() == "Feature maps"


def test_loss_and_accuracy_share_steps_and_smoothing(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    loss, accuracy = shown(qtbot, LossPanel, context), shown(qtbot, AccuracyPanel, context)
    assert loss.chart is not None
    assert accuracy.chart is not None
    loss.chart.spanned.emit(5.0, 15.0)
    loss.slider.setValue(90)
    for panel in (loss, accuracy):
        panel.redraw()
        assert panel.chart is not None
        assert panel.chart.plot.getViewBox().viewRange()[0] == pytest.approx([5, 15])
        assert panel.slider.value() == 90
    accuracy.reset.click()
    loss.redraw()
    assert loss.chart.plot.getViewBox().viewRange()[0][1] > 39


def test_the_wheel_zooms_along_the_steps(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, LossPanel, context)
    assert panel.chart is not None
    view = panel.chart.plot.getViewBox()
    view.scaleBy((0.5, 0.5))
    view.sigRangeChangedManually.emit([True, False])
    assert context.span is not None
    low, high = context.span
    assert high - low < 30


def test_dragging_the_cursor_moves_every_view(qtbot: QtBot, context: ViewContext, run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, AccuracyPanel, context)
    assert panel.chart is not None
    panel.chart.moved.emit(21.7)
    assert context.step == 20
    assert not context.live


def test_a_loss_that_is_not_a_number_and_a_logarithmic_scale(
    qtbot: QtBot, context: ViewContext, run: RunReader
) -> None:
    follow(context, run)
    loss = context.loss.copy()
    loss[[3, 9]] = np.nan, 0
    context.set_history(context.steps, loss, context.accuracy, context.epochs, context.snapshots)
    panel = shown(qtbot, LossPanel, context)
    panel.log.click()
    panel.redraw()
    assert panel.chart is not None
    low, high = panel.chart.plot.getViewBox().viewRange()[1]
    assert -2 < low < high < 1


def test_other_runs_are_drawn_behind(qtbot: QtBot, context: ViewContext, run: RunReader, empty_run: RunReader) -> None:
    follow(context, run)
    panel = shown(qtbot, LossPanel, context)
    context.set_overlays((run, empty_run))
    settle(qtbot, panel)
    panel.redraw()
    assert "empty" in panel.legend.text()
    assert panel.chart is not None
    assert panel.chart.smoothed(1)[0].name == "empty"
    context.set_overlays(())
    settle(qtbot, panel)
    panel.redraw()
    assert "empty" not in panel.legend.text()


def test_a_long_curve_is_drawn_as_a_band(qtbot: QtBot, context: ViewContext) -> None:
    steps = np.arange(1, 200_001)
    context.set_history(steps, 1 / steps, steps / 200_000, (), np.empty(0, np.int64))
    panel = shown(qtbot, LossPanel, context, (900, 400))
    assert panel.chart is not None
    drawn: Any = panel.chart._drawn[0]
    assert drawn.band.isVisible()
    assert len(drawn.line.xData) < 3000
    context.set_span((100.0, 300.0))
    panel.redraw()
    assert not drawn.band.isVisible()
    assert 200 <= len(drawn.raw.xData) <= 310


def evaluation(counts: list[list[int]]) -> Evaluation:
    names = tuple(f"class {i}" for i in range(len(counts)))
    return Evaluation(0.5, 0.75, names, np.array(counts), int(np.sum(counts)), "validation")


def test_confusion_says_what_a_cell_means(qtbot: QtBot, context: ViewContext) -> None:
    panel = shown(qtbot, ConfusionPanel, context)
    panel.set_evaluation(evaluation([[8, 2], [0, 0]]))
    assert panel.matrix.isVisible()
    assert panel.matrix.recall()[0] == pytest.approx(0.8)
    assert np.isnan(panel.matrix.recall()[1])
    assert panel.caption.text() == "10 validation images · accuracy 75.0 % · loss 0.5"
    QTest.mouseMove(panel.matrix, panel.matrix.cell_rect(0, 1).center().toPoint())
    assert panel.caption.text() == "2 of 10 images of class 0 are taken for class 1 (20.0 %)"
    panel.grab()
    panel.set_evaluation(None)
    assert panel.empty.isVisible()


def test_confusion_of_many_classes_scrolls(qtbot: QtBot, context: ViewContext) -> None:
    panel = shown(qtbot, ConfusionPanel, context)
    panel.set_evaluation(evaluation(np.eye(120, dtype=int).tolist()))
    panel.grab()
    assert panel.matrix.cell() >= 18


def test_heat_is_warm_where_it_mattered(qtbot: QtBot, context: ViewContext) -> None:
    image = np.full((32, 32, 1), 100, np.uint8)
    heat = np.zeros((4, 4), np.float32)
    heat[0, 3] = 0.4
    mixed = overlay(image, heat, 1.0)
    assert mixed.shape == (256, 256, 3)
    assert mixed[10, 245].astype(int).max() - mixed[10, 245].astype(int).min() > 40
    assert (mixed[200, 20] == 100).all()
    panel = shown(qtbot, HeatmapPanel, context)
    with qtbot.waitSignal(panel.wanted):
        panel.empty.buttons[0].click()
    panel.set_heat(image, heat, "dog", 0.9)
    assert "dog 90.0 % · warm: covered, it falls by up to 40.0 points" in panel.caption.text()
    panel.view.hovered.emit(5, 250)
    assert "-40.0 points" in panel.caption.text()
    context.run_changed.emit()
    assert panel.empty.isVisible()


def test_only_panel_modules_of_views_use_qt() -> None:
    root = Path(__file__).resolve().parents[2] / "guiapp" / "visuals"
    for path in root.rglob("*.py"):
        if path.name.startswith("panel") or path.name == "context.py":
            continue
        names = {
            name
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            for name in (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )
        }  # fmt: skip
        assert not any(name.startswith(("PySide6", "pyqtgraph", "guiapp.look")) for name in names), path
