"""The health report in the window, with an engine that answers in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.messages import CheckHealth, EngineState, OpenDataset, Request
from guiapp.core.notify import Cancelled, UserError
from guiapp.core.session import Session
from guiapp.data.dataset import UNUSED
from guiapp.data.health import check
from guiapp.data.opening import open_settings
from guiapp.look.jobs import Jobs
from guiapp.ui import health_model
from guiapp.ui.data.health import HealthView
from guiapp.ui.data.health_sizes import binned, sizes_text, ticks
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.health_model import health_of
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext


class Engine(EngineClient):
    """Opens at once; checks at once, unless it holds, and then when it is let."""

    def __init__(self) -> None:
        super().__init__("none")
        self.state = "ready"
        self.holds = False
        self.refuses: UserError | None = None
        self.asked: list[tuple[Callable[[], None], Any]] = []
        self.forgotten: list[int] = []

    def become(self, state: EngineState) -> None:
        """Say that something else is done now."""
        self.state = state
        self.state_changed.emit()

    def forget(self, number: int | None) -> None:
        if number is not None:
            self.forgotten.append(number)
            self.asked.clear()

    def request(
        self, make: Callable[[int], Request], done: Any = None, failed: Any = None, progress: Any = None
    ) -> int:
        command = make(1)
        if isinstance(command, OpenDataset):
            done(open_settings(command.settings))
        elif isinstance(command, CheckHealth) and self.refuses is not None:
            failed(self.refuses)
        elif isinstance(command, CheckHealth):
            settings = command.settings

            def answer() -> None:
                done(check(open_settings(settings)))

            if self.holds:
                progress("Checking images", 3, 10)
                self.asked.append((answer, failed))
            else:
                answer()
        return 1

    def cancel(self, number: int | None) -> None:
        self.asked.pop()[1](Cancelled())


def noise(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (20, 30, 3), dtype=np.uint8))


def draw(root: Path, cats: int = 20, dogs: int = 20) -> Path:
    for name, count, start in (("cat", cats, 0), ("dog", dogs, 1000)):
        (root / name).mkdir(parents=True)
        for i in range(count):
            noise(start + i).save(root / name / f"{i:02}.png")
    return root


def spoil(root: Path) -> Path:
    """Add two copies of one image, the same one in the other class, and a file that is no image."""
    for name in ("cat/copy1.png", "cat/copy2.png"):
        (root / name).write_bytes((root / "cat" / "00.png").read_bytes())
    (root / "dog" / "cat.png").write_bytes((root / "cat" / "01.png").read_bytes())
    (root / "dog" / "broken.png").write_bytes(b"no image")
    return root


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_CACHE", str(tmp_path / "cache"))


class Desk:
    """The view on a folder of images."""

    def __init__(self, qtbot: QtBot, services: Services, engine: Engine) -> None:
        self.qtbot, self.services, self.engine = qtbot, services, engine
        self.model = health_of(services)
        self.view = HealthView(services)
        qtbot.addWidget(self.view)
        self.view.resize(1000, 640)
        self.shown: list[tuple[str, list[str]]] = []
        self.view.show_rows.connect(self._note)
        self.view.show()

    def _note(self, name: str, rows: Any) -> None:
        active = self.services.dataset.active
        assert active is not None
        self.shown.append((name, [active.paths[row] for row in rows.tolist()]))

    def open(self, root: Path, state: str = "ready", **settings: Any) -> None:
        project = self.services.session.project
        dataset = DatasetSettings(path=str(root), **settings)
        self.services.session.open(project.model_copy(update={"dataset": dataset}), None)
        self.qtbot.waitUntil(lambda: self.model.state == state)

    def found(self) -> list[str]:
        return [row.finding.key for row in self.view.report.rows]

    def button(self, key: str, start: str) -> QPushButton:
        row = next(row for row in self.view.report.rows if row.finding.key == key)
        return next(button for button in row.buttons if button.text().startswith(start))

    def press(self, key: str, start: str) -> None:
        before = self.model.findings
        QTest.mouseClick(self.button(key, start), Qt.MouseButton.LeftButton)
        if start != "Show":
            self.qtbot.waitUntil(lambda: self.model.findings is not before)

    def left_out(self) -> set[str]:
        settings = self.services.session.project.dataset
        assert settings is not None
        return set(settings.excluded)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    session, engine, view = Session(templates.load("starter").project("Test", None)), Engine(), ViewContext()
    dataset = DatasetModel(session, engine)
    training = TrainingModel(session, engine, dataset, view)
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    jobs = Jobs()
    yield Desk(qtbot, Services(session, engine, dataset, training, view, jobs, settings), engine)
    assert jobs.wait_all()


def test_sound_images_are_said_to_be_so(desk: Desk, tmp_path: Path) -> None:
    desk.open(draw(tmp_path / "pets"))
    assert desk.view.report.title.text() == "40 images, nothing found"
    assert desk.found() == []
    assert not desk.view.report.groups.isVisible()


def test_problems_are_shown_in_the_gallery(desk: Desk, tmp_path: Path) -> None:
    desk.open(spoil(draw(tmp_path / "pets")))
    assert desk.found()[:2] == ["unreadable", "conflicts"]
    assert "copies" in desk.found()
    desk.press("unreadable", "Show")
    desk.press("conflicts", "Show")
    desk.press("copies", "Show")
    assert desk.shown == [
        ("1 image cannot be read", ["dog/broken.png"]),
        ("1 picture in two classes at once", ["cat/01.png", "dog/cat.png"]),
        ("2 exact copies", ["cat/00.png", "cat/copy1.png", "cat/copy2.png"]),
    ]


def test_a_mend_is_one_step_that_can_be_undone(desk: Desk, tmp_path: Path) -> None:
    desk.open(spoil(draw(tmp_path / "pets")))
    desk.press("copies", "Leave out 2 copies")
    assert len(desk.left_out()) == 2
    assert desk.left_out() < {"cat/00.png", "cat/copy1.png", "cat/copy2.png"}
    assert not {"copies", "leaks"}.intersection(desk.found())
    assert desk.services.session.undo_text == "leave out 2 copies"
    before = desk.model.findings
    desk.services.session.undo()
    desk.qtbot.waitUntil(lambda: desk.model.findings is not before)
    assert "copies" in desk.found()
    assert desk.left_out() == set()


def test_leaks_follow_the_splits(desk: Desk, tmp_path: Path) -> None:
    root = draw(tmp_path / "pets")
    for i in range(10):
        (root / "cat" / f"copy{i}.png").write_bytes((root / "cat" / f"{i:02}.png").read_bytes())
    desk.open(root, validation=0.5)
    assert "leaks" in desk.found()
    desk.press("leaks", "Leave out")
    assert "leaks" not in desk.found()
    arranged = desk.services.dataset.arranged
    assert arranged is not None
    by_row = dict(zip(arranged.rows.tolist(), arranged.splits.tolist(), strict=True))
    assert desk.model.health is not None
    for group in desk.model.health.exact:
        assert len({by_row[row] for row in group} - {UNUSED}) == 1


def test_rows_are_those_of_the_classes_in_use(desk: Desk, tmp_path: Path) -> None:
    root = draw(tmp_path / "pets")
    (root / "owl").mkdir()
    for i in range(20):
        noise(2000 + i).save(root / "owl" / f"{i}.png")
    (root / "owl" / "again.png").write_bytes((root / "owl" / "3.png").read_bytes())
    desk.open(root, classes=("cat", "owl"))
    active = desk.services.dataset.active
    assert active is not None
    assert [active.paths[row] for row in desk.model.rows_of("leaks")] == ["owl/3.png", "owl/again.png"]
    assert len(desk.model.rows_of("PNG")) == 41
    assert len(desk.model.rows_of("conflicts")) == 0


def test_uneven_classes_are_evened_with_one_click(desk: Desk, tmp_path: Path) -> None:
    desk.open(draw(tmp_path / "pets", cats=60, dogs=15))
    assert "balance" in desk.found()
    desk.press("balance", "Use balanced sampling")
    settings = desk.services.session.project.dataset
    assert settings is not None
    assert settings.balance == "balanced sampling"
    assert "balance" not in desk.found()


def test_copies_are_gone_through_with_the_keys(desk: Desk, tmp_path: Path) -> None:
    root = draw(tmp_path / "pets")
    for i in range(3):
        (root / "cat" / f"copy{i}.png").write_bytes((root / "cat" / f"{i:02}.png").read_bytes())
    desk.open(root, validation=0.0)
    groups = desk.view.report.groups
    assert [group.key for group in groups.groups] == ["copies"] * 3
    QTest.keyClick(groups, Qt.Key.Key_End)
    assert groups.current == 2
    QTest.keyClick(groups, Qt.Key.Key_Up)
    assert groups.current == 1
    assert "cat · train, 01.png" in groups.accessibleDescription()
    QTest.keyClick(groups, Qt.Key.Key_Return)
    assert desk.shown == [("Copies", ["cat/01.png", "cat/copy1.png"])]
    before = desk.model.findings
    QTest.keyClick(groups, Qt.Key.Key_Delete)
    desk.qtbot.waitUntil(lambda: desk.model.findings is not before)
    assert desk.left_out() == {"cat/copy1.png"}
    assert len(groups.groups) == 2


def test_copies_are_chosen_with_the_mouse_and_drawn(desk: Desk, tmp_path: Path) -> None:
    root = draw(tmp_path / "pets")
    for i in range(3):
        (root / "cat" / f"copy{i}.png").write_bytes((root / "cat" / f"{i:02}.png").read_bytes())
    desk.open(root, validation=0.0)
    groups = desk.view.report.groups
    place = groups._cell(2).center()
    QTest.mouseClick(groups, Qt.MouseButton.LeftButton, pos=place)
    assert groups.current == 2
    desk.view.grab()
    groups.thumbs.want([0], 128)
    desk.qtbot.waitUntil(lambda: groups.thumbs.get(0) is not None)
    QTest.mouseDClick(groups, Qt.MouseButton.LeftButton, pos=place)
    assert desk.shown == [("Copies", ["cat/02.png", "cat/copy2.png"])]


def test_kinds_of_files_can_be_shown(desk: Desk, tmp_path: Path) -> None:
    root = draw(tmp_path / "pets")
    noise(7000).convert("CMYK").save(root / "cat" / "print.jpg")
    noise(7001).convert("L").save(root / "cat" / "grey.png")
    desk.open(root)
    for kind in ("JPEG", "CMYK", "grey"):
        QTest.mouseClick(desk.view.report.kinds[kind], Qt.MouseButton.LeftButton)
    assert [paths for _, paths in desk.shown] == [["cat/print.jpg"], ["cat/print.jpg"], ["cat/grey.png"]]


def test_many_images_wait_to_be_asked_for(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_model, "BY_ITSELF", 10)
    desk.open(draw(tmp_path / "pets"), "unchecked")
    assert desk.view.check_button.isVisible()
    QTest.mouseClick(desk.view.check_button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: desk.model.state == "ready")
    assert desk.view.report.isVisible()


def test_nothing_is_checked_by_itself_during_training(desk: Desk, tmp_path: Path) -> None:
    desk.engine.state = "training"
    desk.open(draw(tmp_path / "pets"), "unchecked")
    assert desk.view.check_button.isVisible()


def test_a_check_that_nobody_asked_for_waits_while_something_is_trained(desk: Desk, tmp_path: Path) -> None:
    desk.engine.holds = True
    desk.open(draw(tmp_path / "pets"), "checking")
    desk.engine.become("preparing")
    assert desk.model.state == "unchecked" and len(desk.engine.forgotten) == 1
    desk.engine.become("training")
    desk.engine.holds = False
    assert desk.model.health is None
    desk.engine.become("ready")
    desk.qtbot.waitUntil(lambda: desk.model.state == "ready")


def test_a_check_that_was_asked_for_goes_on_while_something_is_trained(desk: Desk, tmp_path: Path) -> None:
    desk.engine.holds = True
    desk.open(draw(tmp_path / "pets"), "checking")
    QTest.mouseClick(desk.view.progress.cancel_button, Qt.MouseButton.LeftButton)
    desk.engine.become("ready")
    assert desk.view.check_button.isVisible(), "it was given up"
    QTest.mouseClick(desk.view.check_button, Qt.MouseButton.LeftButton)
    desk.engine.become("training")
    assert desk.engine.forgotten == []
    desk.engine.asked.pop()[0]()
    desk.qtbot.waitUntil(lambda: desk.model.state == "ready")


def test_a_check_can_be_cancelled(desk: Desk, tmp_path: Path) -> None:
    desk.engine.holds = True
    desk.open(draw(tmp_path / "pets"), "checking")
    assert desk.view.progress.fraction() == pytest.approx(0.3)
    desk.qtbot.waitUntil(desk.view.progress.isVisible)
    QTest.mouseClick(desk.view.progress.cancel_button, Qt.MouseButton.LeftButton)
    assert desk.model.state == "unchecked"
    assert desk.view.check_button.isVisible()


def test_a_failed_check_says_why_and_can_be_repeated(desk: Desk, tmp_path: Path) -> None:
    desk.engine.refuses = UserError("there is not enough memory", mend="Close some programs")
    desk.open(draw(tmp_path / "pets"), "failed")
    assert "not enough memory" in desk.view.empty._text.text()
    desk.engine.refuses = None
    QTest.mouseClick(desk.view.check_button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: desk.model.state == "ready")


def test_images_that_came_since_are_not_mixed_up(desk: Desk, tmp_path: Path) -> None:
    desk.engine.holds = True
    root = draw(tmp_path / "pets")
    desk.open(root, "checking")
    noise(9000).save(root / "cat" / "new.png")
    desk.engine.asked.pop()[0]()
    assert desk.model.state == "failed"
    assert desk.view.empty._text.text() == "The folder has changed since it was read. Read it again."


def test_images_renamed_since_are_not_mixed_up_and_the_folder_is_read_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_model, "BY_ITSELF", 10)
    root = draw(tmp_path / "pets")
    (root / "cat" / "07.png").write_bytes(b"no image")
    desk.open(root, "unchecked")
    (root / "cat" / "07.png").rename(root / "cat" / "zz.png")
    QTest.mouseClick(desk.view.check_button, Qt.MouseButton.LeftButton)
    assert desk.model.state == "failed" and desk.model.health is None
    assert desk.view.check_button.text() == "Read the folder again"
    QTest.mouseClick(desk.view.check_button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: desk.model.state == "ready")
    active = desk.services.dataset.active
    assert active is not None
    assert [active.paths[row] for row in desk.model.rows_of("unreadable")] == ["cat/zz.png"]


def test_another_dataset_is_checked_anew(desk: Desk, tmp_path: Path) -> None:
    desk.open(spoil(draw(tmp_path / "pets")))
    first = desk.model.health
    desk.open(draw(tmp_path / "others"))
    desk.qtbot.waitUntil(lambda: desk.model.health is not first and desk.model.state == "ready")
    assert desk.found() == []


def test_sizes_in_words_and_on_the_chart() -> None:
    widths, heights = np.array([10, 20, 40, 0], np.int32), np.array([10, 30, 30, 0], np.int32)
    assert (
        sizes_text(widths, heights) == "10 to 40 pixels wide, 10 to 30 pixels high. A typical image is 20 × 30 pixels."
    )
    assert sizes_text(widths[:1], heights[:1]) == "All are 10 × 10 pixels."
    assert sizes_text(widths[3:], heights[3:]) == ""
    assert binned(widths, heights).counts.sum() == 3
    assert binned(widths[3:], heights[3:]).counts.sum() == 0
    assert ticks(90, 520) == [100, 200, 500]
    assert len(ticks(60.3, 71.5)) == 2


def test_the_chart_says_how_many_images_have_a_size(desk: Desk, tmp_path: Path) -> None:
    root = draw(tmp_path / "pets")
    noise(1).resize((120, 90)).save(root / "cat" / "large.png")
    desk.open(root)
    chart = desk.view.report.chart
    assert chart.isVisible()
    tips = {chart.tip(QPoint(x, y).toPointF()) for x in range(0, 300, 3) for y in range(0, 260, 3)}
    assert any(tip.endswith(": 40 images") for tip in tips)
    assert any(tip.endswith(": 1 image") for tip in tips)


def test_leaving_out_keeps_the_page_where_it_is(desk: Desk, tmp_path: Path) -> None:
    desk.open(spoil(draw(tmp_path / "pets")))
    desk.view.resize(700, 200)
    bar = desk.view._page.verticalScrollBar()
    desk.qtbot.waitUntil(lambda: bar.maximum() > 0)
    row = next(row for row in desk.view.report.rows if row.finding.mend)
    before = len(desk.view.report.rows)
    button = row.buttons[-1]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: len(desk.view.report.rows) < before)
    QApplication.processEvents()
    assert bar.value() == 0
    assert desk.view.report.rows[0].buttons[0].hasFocus()
