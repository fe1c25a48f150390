"""The panels of loss and accuracy."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from guiapp.look.empty import EmptyState
from guiapp.look.heading import caption, figures
from guiapp.look.jobs import Jobs
from guiapp.look.theme import theme
from guiapp.visuals.context import ViewContext
from guiapp.visuals.curves.panel_chart import Chart
from guiapp.visuals.curves.panel_drawn import Series, load
from guiapp.visuals.curves.series import Floats, figure_text, percent_text, shortened, value_at
from guiapp.visuals.panel import PREPARING, LoadingPanel
from guiapp.visuals.panel_choosers import tool_button

NOTHING = ("Nothing trained yet", "Press Train to see it learn.")
BEGUN = ("Training has begun", "The first steps are being taken.")
WEIGHTED = "In training, images of small classes count for more; in validation, all count the same."
REDRAW_MS = 50
APART_S = 0.03
WARM_UP_MS = 100


class CurvePanel(LoadingPanel):
    """One figure over the steps: each batch faint, smoothed strong, validation as points; other runs behind."""

    figure: ClassVar[str] = ""
    percent: ClassVar[bool] = False
    weighs: ClassVar[bool] = False
    text: ClassVar[Callable[[float], str]]
    _drawn_at: ClassVar[float] = 0.0

    def __init__(self, context: ViewContext, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(context, jobs, parent)
        self._others: tuple[Series, ...] = ()
        self._steps: tuple[NDArray[np.int64], Floats] = (np.empty(0, np.int64), np.empty(0))
        self._dirty = True
        self._hover = math.nan
        self.chart: Chart | None = None
        self.empty = EmptyState(self.icon, *NOTHING)
        self.legend = figures(QLabel())
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setProperty("role", "secondary")
        self.legend.setMinimumWidth(1)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.log = QToolButton()
        self.reset = tool_button("reset", "Show all steps (double click)")
        self._stack, self._page = QStackedWidget(), QWidget()
        self._timer = QTimer(self, interval=REDRAW_MS)
        self._timer.timeout.connect(self._tick)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.slider.setRange(0, 99)
        self.slider.setFixedWidth(88)
        self.slider.setAccessibleName("Smoothing")
        self.log.setText("log")
        self.log.setCheckable(True)
        self.log.setToolTip("Logarithmic scale")
        if self.percent:
            self.log.hide()
        self._amount = figures(caption())
        self._amount.setFixedWidth(28)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (caption("smoothing"), self.slider, self._amount):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.log)
        row.addWidget(self.reset)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(4)
        page.addLayout(row)
        page.addWidget(self.legend)
        self._chart_place = page
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._page)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._stack)

    def _connect(self) -> None:
        context = self.context
        self.slider.valueChanged.connect(self._slid)
        self.reset.clicked.connect(self._show_all)
        self.log.toggled.connect(self._log_toggled)
        context.run_changed.connect(self._run_changed)
        context.overlays_changed.connect(self.restart)
        context.look_changed.connect(self._look_changed)
        context.step_changed.connect(self._step_changed)
        for signal in (context.metrics_changed, context.span_changed, context.preparing_changed, theme.changed):
            signal.connect(self._mark)
        self._look_changed()

    def _make_chart(self) -> Chart:
        """Make the plot when the panel is first seen, before training: pyqtgraph takes a while to import."""
        chart = Chart(self.figure, percent=self.percent)
        chart.set_smoothing(self.context.smoothing)
        chart.set_log(self.log.isChecked())
        chart.hovered.connect(self._hovered)
        chart.moved.connect(self._moved)
        chart.spanned.connect(self._spanned)
        chart.reset.connect(self._show_all)
        self._chart_place.addWidget(chart, 1)
        # The first picture takes several times as long as the others; it is made before anyone waits for it.
        QTimer.singleShot(WARM_UP_MS, self._page, self._page.grab)
        return chart

    # Other runs

    def query(self) -> Callable[[], tuple[Series, ...]] | None:
        """Return the reading of the runs that are drawn behind."""
        mine = self.context.run.folder if self.context.run is not None else None
        runs = tuple(run for run in self.context.overlays if run.folder != mine)
        figure = self.figure
        return (lambda: load(runs, figure)) if runs else None

    def display(self, found: tuple[Series, ...] | None) -> None:
        """Draw other runs behind."""
        self._others = found or ()
        self._mark()

    # Drawing

    def _mark(self) -> None:
        self._dirty = True

    def _tick(self) -> None:
        # Two plots painted in one pass would hold the window up for twice as long.
        if self._dirty and time.monotonic() - CurvePanel._drawn_at >= APART_S:
            CurvePanel._drawn_at = time.monotonic()
            self.redraw()

    def redraw(self) -> None:
        """Draw the context's figures as they are now."""
        self._dirty = False
        context = self.context
        if self.chart is None:
            self.chart = self._make_chart()
        if not context.steps.size and not self._others:
            begun = context.run is not None and context.total_steps > 0
            self.empty.set_text(*(PREPARING if context.preparing else BEGUN if begun else NOTHING))
            self._stack.setCurrentWidget(self.empty)
            return
        self.chart.set_series(self._main(), self._others)
        self.chart.set_planned(context.total_steps)
        self.chart.set_span(context.span)
        self.chart.set_cursor(context.step)
        self._stack.setCurrentWidget(self._page)
        self.chart.redraw()
        self._relabel()

    def _main(self) -> Series:
        context = self.context
        rows = context.epochs
        values: Floats = getattr(context, self.figure)
        name = str(context.run.folder) if context.run is not None else ""
        ends = np.array([row.step for row in rows], np.float64)
        validation = np.array([getattr(row, f"val_{self.figure}") for row in rows], np.float64)
        if self._steps[0] is not context.steps:
            self._steps = (context.steps, context.steps.astype(np.float64))
        return Series(name, self._steps[1], values, ends, validation)

    def _relabel(self) -> None:
        """Write the legend with the figures at the pointer, or at the cursor, or at the end."""
        if self.chart is None:
            return
        at = self._hover
        if math.isnan(at):
            at = float(self.context.step) if self.context.step is not None else math.inf
        series, smooth = self.chart.smoothed()
        if len(series.steps):
            at = min(max(at, float(series.steps[0])), float(series.steps[-1]))
        train, validation = self.chart.colours(0)
        weighted = self.context.weighted and self.weighs
        self.legend.setToolTip(WEIGHTED if weighted else "")
        name = "train (weighted)" if weighted else "train"
        parts = [_entry(train, "━", name, type(self).text(value_at(series.steps, smooth, at)))]
        if np.isfinite(series.validation).any():
            value = value_at(series.ends, series.validation, at) if at >= series.ends[0] else math.nan
            parts.append(_entry(validation, "●", "validation", type(self).text(value)))
        for index, other in enumerate(self._others, start=1):
            value = value_at(other.steps, self.chart.smoothed(index)[1], at)
            parts.append(_entry(self.chart.colours(index)[0], "━", shortened(other.name), type(self).text(value)))
        where = f"step {at:,.0f}" if math.isfinite(at) else ""
        self.legend.setText(" &nbsp; ".join([where, *parts]))

    # What changes it

    def _run_changed(self) -> None:
        self._mark()
        self.restart()

    def _look_changed(self) -> None:
        amount = self.context.smoothing
        self._amount.setText(f"{amount:.2f}")
        self.slider.blockSignals(True)
        self.slider.setValue(round(amount * 100))
        self.slider.blockSignals(False)
        if self.chart is not None:
            self.chart.set_smoothing(amount)
        self._mark()

    def _step_changed(self) -> None:
        if self.context.live:
            self._mark()
        elif self.chart is not None:
            self.chart.set_cursor(self.context.step)
            self._relabel()

    def _slid(self, value: int) -> None:
        self.context.set_look(smoothing=value / 100)

    def _log_toggled(self, on: bool) -> None:
        if self.chart is not None:
            self.chart.set_log(on)
        self._mark()

    def _hovered(self, step: float) -> None:
        self._hover = step
        self._relabel()

    def _moved(self, step: float) -> None:
        self.context.set_step(round(step))

    def _spanned(self, low: float, high: float) -> None:
        self.context.set_span((low, high))

    def _show_all(self) -> None:
        self.context.set_span(None)
        self._mark()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up, and keep up from now on."""
        super().showEvent(event)
        self._mark()
        self._tick()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Thin the curves for another width."""
        super().resizeEvent(event)
        self._mark()


def _entry(colour: QColor, mark: str, name: str, value: str) -> str:
    return f"<span style='color:{colour.name()}'>{mark}</span>&nbsp;{html.escape(name)}&nbsp;{value}"


class LossPanel(CurvePanel):
    """The loss of training and validation."""

    name: ClassVar[str] = "loss"
    title: ClassVar[str] = "Loss"
    icon: ClassVar[str] = "train"
    places: ClassVar[tuple[str, ...]] = ("train",)
    order: ClassVar[int] = 10
    figure: ClassVar[str] = "loss"
    weighs: ClassVar[bool] = True
    text: ClassVar[Callable[[float], str]] = staticmethod(figure_text)


class AccuracyPanel(CurvePanel):
    """The accuracy of training and validation."""

    name: ClassVar[str] = "accuracy"
    title: ClassVar[str] = "Accuracy"
    icon: ClassVar[str] = "check"
    places: ClassVar[tuple[str, ...]] = ("train",)
    order: ClassVar[int] = 20
    figure: ClassVar[str] = "accuracy"
    percent: ClassVar[bool] = True
    text: ClassVar[Callable[[float], str]] = staticmethod(percent_text)
