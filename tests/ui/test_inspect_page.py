"""The Inspect place on a recorded run, with an engine that answers when the test says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.flattening import blocks_of, flat
from guiapp.core.messages import (
    Answer,
    Cancel,
    Command,
    ComputeView,
    Evaluate,
    Evaluation,
    Event,
    Failed,
    Predict,
    Prediction,
    Progress,
)
from guiapp.core.runs import RunReader, RunWriter
from guiapp.core.session import Session
from guiapp.data import images
from guiapp.data.opening import open_dataset
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.inspect.detail import figures
from guiapp.ui.inspect.evaluation import EvaluationView
from guiapp.ui.inspect.heat import HeatView
from guiapp.ui.inspect.layers import Layers
from guiapp.ui.inspect.page import InspectPage
from guiapp.ui.inspect.panels import inspect_panels
from guiapp.ui.inspect.strip import one_of_each
from guiapp.ui.predict.thumbs import HEADING, IMAGE, INSIDE, KEY, Thumbs
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext

STEPS = (0, 50, 100)
LAYERS = {"conv1": (16, 8, 8), "conv2": (4, 4, 4)}


class Engine(EngineClient):
    """Keeps what is asked; answers when told to."""

    def __init__(self) -> None:
        super().__init__("none")
        self.sent: list[Command] = []

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def asked(self, layer: str | None) -> list[ComputeView]:
        given_up = {command.request for command in self.sent if isinstance(command, Cancel)}
        views = [c for c in self.sent if isinstance(c, ComputeView) and c.request not in given_up]
        return [view for view in views if view.options.get("layer") == layer]

    def say(self, event: Event) -> None:
        self._received.emit(event)


def draw(path: Path, shade: int = 100) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((20, 20, 3), shade, np.uint8)
    path.write_bytes(images.cv2.imencode(".png", image)[1].tobytes())
    return str(path)


def maps(shape: tuple[int, int, int], high: float) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    count, h, w = shape
    tiles = np.tile(np.linspace(0, 255, h * w).astype(np.uint8).reshape(1, h, w), (count, 1, 1))
    return tiles, np.tile(np.array([[0.0, high]], np.float32), (count, 1))


@pytest.fixture
def services(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    session = Session(templates.load("starter").project("Test", None))
    engine = Engine()
    view = ViewContext()
    dataset = DatasetModel(session, engine)
    training = TrainingModel(session, engine, dataset, view)
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    jobs = Jobs()
    yield Services(session, engine, dataset, training, view, jobs, settings)
    assert jobs.wait_all()


def record(services: Services, pins: tuple[str, ...]) -> RunReader:
    """Record a run whose maps' highest value is the step + the pin + 1; conv1 has kernels too."""
    folder = services.training.runs_folder / "2026-11-21T10-31-07-test"
    writer = RunWriter(folder)
    writer.begin(services.session.project.model_copy(update={"pinned": pins}), {})
    writer.metrics([(step, 0, 1.0, 0.5) for step in range(1, 101)])
    for step in STEPS:
        arrays: dict[tuple[str, str], NDArray[Any]] = {}
        for pin in range(len(pins)):
            if step == 0:
                arrays["seen", str(pin)] = np.full((64, 64, 3), 80 * pin, np.uint8)
            for layer, shape in LAYERS.items():
                arrays["maps", f"{layer}/{pin}"], ranges = maps(shape, step + pin + 1)
                arrays["maps", f"{layer}/{pin}/range"] = ranges
            arrays["maps", f"dense1/{pin}"] = np.arange(64, dtype=np.float32)
        arrays["weights", "conv1/kernel"] = np.full((3, 3, 3, 16), step, np.float16)
        writer.snapshot(step, 0, arrays)
    writer.close()
    return RunReader(folder)


@pytest.fixture
def pins(tmp_path: Path) -> tuple[str, ...]:
    return (draw(tmp_path / "rex.png"), draw(tmp_path / "tom.png"))


@pytest.fixture
def page(qtbot: QtBot, services: Services, pins: tuple[str, ...]) -> InspectPage:
    made = InspectPage(services)
    qtbot.addWidget(made)
    made.resize(1200, 640)
    made.show()
    made.arrive()
    show(services, record(services, pins), pins)
    qtbot.waitUntil(lambda: made.maps.shown is not None)
    return made


def show(services: Services, run: RunReader, pins: tuple[str, ...]) -> None:
    view = services.view
    view.open_run(run, analyse(run.project().network), ("cat", "dog"))
    view.set_pinned(pins)
    metrics = run.metrics()
    view.set_history(metrics.step, metrics.loss, metrics.accuracy, (), run.snapshots())


def engine(page: InspectPage) -> Engine:
    assert isinstance(page.services.engine, Engine)
    return page.services.engine


def at(page: InspectPage) -> tuple[str, int, float] | None:
    """Return layer, step and the highest value of what is shown."""
    shown = page.maps.shown
    return None if shown is None else (shown.layer, shown.step, float(shown.maps.ranges[0, 1]))


def has_thumb(shown: Thumbs, key: str) -> bool:
    return any(shown.item(i).data(KEY) == key and shown.item(i).data(IMAGE) is not None for i in range(shown.count()))


def test_without_a_run_the_page_leads_to_training(qtbot: QtBot, services: Services) -> None:
    page = InspectPage(services)
    qtbot.addWidget(page)
    page.show()
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.go) as heard:
        page.empty.buttons[0].click()
    assert heard.args == ["train"]


def test_the_newest_maps_of_the_first_pinned_image_are_shown(page: InspectPage, qtbot: QtBot) -> None:
    assert at(page) == ("conv1", 100, 101.0)
    assert page.maps.grid.count() == 16
    assert page.caption.text() == "conv1 · 16 maps of 8×8 · step 100"
    qtbot.waitUntil(lambda: has_thumb(page.images, "pin:1"))
    assert page.images.keys() == ["pin:0", "pin:1"]
    qtbot.waitUntil(lambda: has_thumb(page.layers, "conv2"))


def test_step_layer_and_pin_are_followed(page: InspectPage, qtbot: QtBot) -> None:
    view = page.services.view
    view.set_step(40)
    qtbot.waitUntil(lambda: at(page) == ("conv1", 50, 51.0))
    view.set_layer("conv2")
    qtbot.waitUntil(lambda: at(page) == ("conv2", 50, 51.0))
    assert page.layers.current() == "conv2"
    view.set_pin(1)
    qtbot.waitUntil(lambda: at(page) == ("conv2", 50, 52.0))
    assert page.images.current() == "pin:1"
    view.set_step(None)
    qtbot.waitUntil(lambda: at(page) == ("conv2", 100, 102.0))


def test_scrubbing_keeps_the_old_maps_until_the_new_ones_are_there(page: InspectPage, qtbot: QtBot) -> None:
    seen: list[int] = []
    page.maps.captioned.connect(lambda _text: seen.append(page.maps.grid.count()))
    for step in (0, 50, 100, 50, 0):
        page.services.view.set_step(step)
    qtbot.waitUntil(lambda: at(page) == ("conv1", 0, 1.0))
    assert set(seen) == {16}


def test_choosing_in_the_lists_is_heard_by_other_views(page: InspectPage, qtbot: QtBot) -> None:
    QTest.keyClick(page.layers, Qt.Key.Key_Down)
    assert page.services.view.layer == "pool1"
    QTest.keyClick(page.images, Qt.Key.Key_Right)
    assert page.services.view.pin == 1


def test_a_layer_that_was_not_recorded_is_said_in_place(page: InspectPage, qtbot: QtBot) -> None:
    page.services.view.set_layer("pool1")
    qtbot.waitUntil(page.maps.problem.isVisible)
    assert page.maps.problem.text().startswith("pool1: has no maps of this image at step 100.")
    assert page.maps.grid.count() == 0
    page.services.view.set_layer("conv1")
    qtbot.waitUntil(lambda: page.maps.grid.count() == 16)
    assert not page.maps.problem.isVisible()


def test_the_chosen_map_is_shown_large_with_its_figures_and_filter(page: InspectPage, qtbot: QtBot) -> None:
    detail = page.maps.detail
    page.maps.grid.setFocus()
    QTest.keyClick(page.maps.grid, Qt.Key.Key_Right)
    assert detail.title.text() == "conv1 · map 1"
    assert detail.figures["Largest"].value() == "101"
    assert detail.figures["Zeros"].value() == "1.6 %"
    assert detail.filter.isVisible()
    assert detail.filter.count() == 4
    page.services.view.set_step(50)
    qtbot.waitUntil(lambda: detail.figures["Largest"].value() == "51")
    assert detail.title.text() == "conv1 · map 1"
    page.services.view.set_layer("conv2")
    qtbot.waitUntil(lambda: detail.title.text() == "conv2 · map 0")
    assert not detail.filter.isVisible()


def test_a_unit_of_a_vector_is_shown_as_a_number(page: InspectPage, qtbot: QtBot) -> None:
    page.services.view.set_layer("dense1")
    qtbot.waitUntil(lambda: page.maps.grid.count() == 64)
    page.maps.grid.selected.emit(17)
    assert page.maps.detail.value.text() == "17"
    assert page.maps.detail.value.isVisible()
    assert not page.maps.detail.image.isVisible()


def test_figures_of_a_map() -> None:
    values = np.array([[0.0, 0.004], [2.0, 2.0]], np.float32)
    low, high, mean, sigma, zeros = figures(values, 0.01)
    assert (low, high) == (0.0, 2.0)
    assert mean == pytest.approx(1.001)
    assert sigma == pytest.approx(0.999, abs=1e-3)
    assert zeros == 0.5
    assert np.isnan(figures(np.full((2, 2), np.nan, np.float32), 0.0)).all()


def test_a_dropped_image_is_asked_of_the_engine(page: InspectPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = draw(tmp_path / "new" / "new.png")
    page.take_paths([path])
    qtbot.waitUntil(lambda: bool(engine(page).asked("conv1")))
    asked = engine(page).asked("conv1")[-1]
    run = page.services.view.run
    assert run is not None
    assert (asked.view, asked.image, asked.run, asked.step) == ("maps", path, str(run.folder), None)
    tiles, ranges = maps((16, 8, 8), 5.0)
    engine(page).say(Answer(asked.request, {"conv1/0": tiles, "conv1/0/range": ranges}))
    qtbot.waitUntil(lambda: at(page) == ("conv1", 100, 5.0))
    qtbot.waitUntil(lambda: bool(engine(page).asked(None)))


def test_a_step_in_the_past_is_asked_for_by_number_and_supersedes(
    page: InspectPage, qtbot: QtBot, tmp_path: Path
) -> None:
    page.take_paths([draw(tmp_path / "new" / "new.png")])
    qtbot.waitUntil(lambda: bool(engine(page).asked("conv1")))
    first = engine(page).asked("conv1")[0]
    page.services.view.set_step(50)
    second = engine(page).asked("conv1")[-1]
    assert second.step == 50
    assert Cancel(first.request) in engine(page).sent
    old, new = maps((16, 8, 8), 1.5), maps((16, 8, 8), 2.5)
    engine(page).say(Answer(first.request, {"conv1/0": old[0], "conv1/0/range": old[1]}))
    engine(page).say(Answer(second.request, {"conv1/0": new[0], "conv1/0/range": new[1]}))
    qtbot.waitUntil(lambda: at(page) in {("conv1", 50, 2.5), ("conv1", 50, 1.5)})
    assert at(page) == ("conv1", 50, 2.5)


def test_weights_that_were_not_kept_are_said_in_place(page: InspectPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.take_paths([draw(tmp_path / "new" / "new.png")])
    qtbot.waitUntil(lambda: bool(engine(page).asked("conv1")))
    page.services.view.set_step(50)
    asked = engine(page).asked("conv1")[-1]
    engine(page).say(Failed(asked.request, "kept no whole weights at step 50", "run", "Look at the latest step"))
    qtbot.waitUntil(page.maps.problem.isVisible)
    assert page.maps.problem.text() == "run: kept no whole weights at step 50. Look at the latest step."


def test_nothing_is_asked_while_the_page_is_hidden(page: InspectPage, qtbot: QtBot) -> None:
    page.hide()
    page.services.view.set_step(0)
    page.show()
    assert at(page) == ("conv1", 100, 101.0)
    page.arrive()
    qtbot.waitUntil(lambda: at(page) == ("conv1", 0, 1.0))


def test_pinning_the_image_that_is_looked_at(page: InspectPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = draw(tmp_path / "new" / "new.png")
    page.take_paths([path])
    qtbot.waitUntil(lambda: page.images.source() == path)
    assert page.pin.text() == "Pin image"
    page.pin.trigger()
    qtbot.waitUntil(lambda: page.services.session.project.pinned == (path,))
    assert page.pin.text() == "Unpin image"
    page.services.session.undo()
    assert page.services.session.project.pinned == ()
    assert page.pin.text() == "Pin image"


def test_colours_and_scale_are_shared(page: InspectPage) -> None:
    view = page.services.view
    page.looks.colors.setCurrentText("magma")
    page.looks.colors.activated.emit(page.looks.colors.currentIndex())
    assert view.colormap == "magma"
    view.set_look(colormap="grey", scale="fixed")
    assert page.looks.colors.currentText() == "grey"
    assert page.looks.scale.currentData() == "fixed"


def test_one_image_of_each_class_is_taken(tmp_path: Path) -> None:
    for name, shade in (("cat", 10), ("dog", 200)):
        for i in range(3):
            draw(tmp_path / "pets" / name / f"{i}.png", shade + i)
    found = one_of_each(open_dataset(tmp_path / "pets", None), 3)
    assert [title for title, _ in found] == ["cat", "dog"]
    assert [Path(str(source)).parent.name for _, source in found] == ["cat", "dog"]


class Panel(QWidget):
    """Stands for the confusion panel."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Evaluation | None] = []

    def set_evaluation(self, evaluation: Evaluation | None) -> None:
        self.shown.append(evaluation)


def test_the_evaluation_is_asked_for_on_demand(page: InspectPage, qtbot: QtBot) -> None:
    panel = Panel()
    view = EvaluationView(page.services, panel, panel)
    qtbot.addWidget(view)
    view.show()
    sent = engine(page).sent
    assert not any(isinstance(command, Evaluate) for command in sent)
    view.start_button.click()
    asked = next(command for command in sent if isinstance(command, Evaluate))
    engine(page).say(Progress(asked.request, "Evaluating…", 3, 10))
    qtbot.waitUntil(lambda: view.progress.fraction() == 0.3)
    view.progress.cancelled.emit()
    assert Cancel(asked.request) in sent
    engine(page).say(Failed(asked.request, ""))
    qtbot.waitUntil(view.start_button.isEnabled)
    assert not view.problem.isVisible()
    view.start_button.click()
    again = [command for command in sent if isinstance(command, Evaluate)][-1]
    value = Evaluation(0.3, 0.75, ("cat", "dog"), np.array([[2, 0], [1, 1]]), 4, "validation")
    engine(page).say(Answer(again.request, value))
    qtbot.waitUntil(lambda: view.evaluation is not None)
    assert panel.shown[-1] is value
    assert panel.isVisible()
    assert "newest network" in view.caption.text()
    page.services.view.open_run(None, None)
    assert panel.shown[-1] is None


class HeatPanel(QWidget):
    """Stands for the panel of what mattered."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[Any, ...]] = []

    def set_heat(self, image: Any, heat: Any = None, name: str = "", probability: float = 0.0) -> None:
        self.shown.append((image, heat, name, probability))


def test_what_mattered_is_asked_for_on_demand_and_follows_the_step(page: InspectPage, qtbot: QtBot) -> None:
    panel = HeatPanel()
    view = HeatView(page.services, page.images, panel, panel)
    qtbot.addWidget(view)
    view.show()
    sent, seen = engine(page).sent, np.zeros((64, 64, 3), np.uint8)

    def heatmaps() -> list[ComputeView]:
        return [command for command in sent if isinstance(command, ComputeView) and command.view == "heatmap"]

    def answer(count: int) -> None:
        qtbot.waitUntil(lambda: sum(isinstance(command, Predict) for command in sent) == count)
        asked = [command for command in sent if isinstance(command, Predict)][-1]
        engine(page).say(Answer(asked.request, Prediction(("cat",), (1.0,), seen, 1, 0.0)))
        qtbot.waitUntil(lambda: len(heatmaps()) == count)
        arrays = {"heat": np.eye(12), "class": np.asarray(1), "probability": np.asarray(0.5)}
        engine(page).say(Answer(heatmaps()[-1].request, arrays))
        qtbot.waitUntil(lambda: sum(name == "dog" for *_, name, _ in panel.shown) == count)

    page.services.view.set_step(None)
    assert not heatmaps()
    panel.wanted.emit()
    answer(1)
    assert heatmaps()[0].image == page.services.view.pinned[0]
    assert panel.shown[-1][3] == 0.5
    page.services.view.set_step(50)
    answer(2)
    assert heatmaps()[1].step == 50
    view.hide()
    page.services.view.set_step(0)
    assert panel.shown[-1][0] is None


def test_every_panel_for_this_page_has_a_tab(page: InspectPage) -> None:
    titles = [page.tabs.tabText(i) for i in range(page.tabs.count())]
    assert titles == ["Maps", *(panel.title for panel in inspect_panels())]
    for i in range(page.tabs.count()):
        page.tabs.setCurrentIndex(i)
        assert page.middle.currentIndex() == i
    assert not page.looks.colors.isVisible() or page.tabs.count() == 1


def test_every_action_has_words_and_belongs_to_the_page(page: InspectPage) -> None:
    actions = page.page_actions()
    assert {action.shortcut().toString() for action in actions} >= {"Ctrl+I", "Ctrl+V", "Ctrl+P"}
    assert all(action.text() and action.toolTip() and action in page.actions() for action in actions)


def test_layers_of_blocks_stand_below_the_name_of_their_block(qtbot: QtBot) -> None:
    network = templates.load("inception-small").network
    view = ViewContext()
    view.open_run(None, analyse(flat(network)), blocks=blocks_of(network))
    column = Layers(view)
    qtbot.addWidget(column)
    column.resize(150, 700)
    column.set_analysis(view.analysis)
    column.show()
    titles = [column.item(row).text() for row in range(column.count())]
    headings = {row: column.item(row).data(HEADING) for row in range(column.count()) if column.item(row).data(HEADING)}
    assert titles[:5] == ["conv1", "norm1", "act1", "one", "one_norm"]
    assert list(headings.values()) == ["mixed1", "mixed2", "mixed3", "mixed4"]
    first = next(iter(headings))
    assert column.item(first).toolTip().splitlines()[0].startswith("mixed1_one · ")
    assert column.keys()[first] == "mixed1_one"
    plain, headed = (column.visualItemRect(column.item(row)) for row in (first - 1, first))
    assert headed.height() > plain.height()
    assert not headed.intersects(plain)
    column.setCurrentRow(first)
    assert view.layer == "mixed1_one"
    assert not column.item(column.count() - 1).data(INSIDE)
