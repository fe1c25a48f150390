"""What is told under the drawing: figures that are whole, and files of weights that are not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.layers import Layer, create
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.ui.network import palette
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.network.words import problem_text
from tests.ui.network_place import open_network_page

Open = Callable[..., NetworkPage]


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Open:
    def show(*layers: Layer) -> NetworkPage:
        return open_network_page(qtbot, tmp_path, Project(network=NetworkSpec(layers=layers)))

    return show


def backbone(**fields: object) -> tuple[Layer, ...]:
    return (
        create("Input", name="image", height=64, width=64, scaling="none"),
        create("Pretrained", name="base", **fields),
        create("Flatten", name="flat"),
        create("Dense", name="last", units=3, activation="linear"),
    )


def told(page: NetworkPage) -> list[str]:
    return [problem.text for problem in page.state.problems if problem.layer == "base"]


def test_weights_that_are_not_there_are_a_problem_of_their_layer(
    opened: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    page = opened(*backbone())
    qtbot.waitUntil(lambda: bool(told(page)))
    (text,) = told(page)
    assert "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5" in text
    assert str(tmp_path / "keras" / "models") in text
    (row,) = (row for row in page.problems.rows if row.problem.layer == "base")
    assert [repair.text for repair in row.problem.repairs] == ["Choose a file…", "Begin at random"]
    page.state.repair(row.problem, row.problem.others[0])
    assert page.state.network["base"].weights_from == "random"  # type: ignore[attr-defined]
    assert not any("ImageNet" in text for text in told(page))


def test_a_file_that_is_not_there_is_chosen_anew(
    opened: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "weights.of.a.network.h5"
    page = opened(*backbone(weights_from="file", file=str(file)))
    qtbot.waitUntil(lambda: bool(told(page)))
    assert told(page) == [
        f"takes its weights from {file}, but that file is not there; choose another, or begin at random"
    ]
    file.touch()
    page.go_to(next(problem for problem in page.state.problems if problem.layer == "base"))
    assert page.inspector.form.editor("file").isAncestorOf(page.focusWidget())
    page._weights.look()
    qtbot.waitUntil(lambda: not told(page))
    other = tmp_path / "other.h5"
    page.state.set_field(1, "file", str(other))
    qtbot.waitUntil(lambda: bool(told(page)))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: ("", ""))
    before = page.state.network
    page.mending.repair(next(problem for problem in page.state.problems if problem.layer == "base"))
    assert page.state.network == before
    assert not str(page.services.session.undo_text).startswith("choose")


def test_mending_everything_leaves_a_persons_choice(opened: Open, qtbot: QtBot, tmp_path: Path) -> None:
    page = opened(*backbone(weights_from="file", file=str(tmp_path / "none.h5"), trained="from layer"))
    qtbot.waitUntil(lambda: len(told(page)) == 2)
    page.mending.mend_all()
    assert page.state.network["base"].weights_from == "file"  # type: ignore[attr-defined]
    assert len(told(page)) == 1


def test_a_backbone_in_a_group_is_told_of(opened: Open, qtbot: QtBot, tmp_path: Path) -> None:
    inner = create("Pretrained", name="net", weights_from="file", file=str(tmp_path / "none.h5"))
    image, _, *rest = backbone()
    page = opened(image, create("Group", name="base", layers=(inner,)), *rest)
    qtbot.waitUntil(lambda: bool(told(page)))
    assert told(page)[0].startswith("its layer net takes its weights from")


@pytest.mark.parametrize(("width", "columns"), [(1100, 6), (520, 3), (330, 2)])
def test_no_figure_is_cut_off(opened: Open, width: int, columns: int) -> None:
    page = opened(*templates.load("vgg-16").network.layers)
    totals = page.totals
    totals.setFixedWidth(width)
    totals.resize(width, totals.sizeHint().height())
    totals.refresh()
    if (layout := totals.layout()) is not None:
        layout.activate()
    assert totals.columns() == columns
    for figure in totals.figures:
        for label in (figure.name, figure.value):
            assert label.width() >= label.sizeHint().width()


def test_totals_say_that_they_are_not_whole_below_an_error(opened: Open) -> None:
    image, _, *rest = backbone()
    page = opened(image, create("Conv2D", name="base"), *rest)
    assert page.totals.parameters.value.text() == f"{page.state.analysis.parameters:,}"
    page.state.set_field(1, "padding", "valid")
    page.state.set_field(1, "kernel", (99, 99))
    assert page.state.analysis.errors
    assert page.totals.parameters.value.text() == f"≥ {page.state.analysis.parameters:,}"
    assert "error" in page.totals.parameters.toolTip()


def test_names_that_begin_a_sentence_keep_their_letters(opened: Open) -> None:
    image, _, flat, last = backbone()
    page = opened(image, flat, last.with_fields(activation="relu"))
    (text,) = (problem_text(problem) for problem in page.state.problems if problem.layer == "last")
    assert text.startswith("last: ReLU on the answers")


def test_kinds_whose_help_only_mentions_a_word_come_where_none_is_called_so() -> None:
    titles = [kind.title for kind in palette.found("conv")]
    assert "Convolution" in titles and not {"Reshape", "Zero padding", "Spatial dropout"} & set(titles)
    assert palette.found("photographs")
