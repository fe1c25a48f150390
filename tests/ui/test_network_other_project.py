"""What stays on the Network page, and what goes, when another project is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.ui.network.page import NetworkPage
from tests.ui.network_place import open_network_page


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> NetworkPage:
    page = open_network_page(qtbot, tmp_path, Project(network=templates.load("starter").network))
    page.activateWindow()
    return page


@pytest.mark.parametrize("template", ["starter", "mnist-lenet"])
def test_nothing_is_chosen_in_another_project(page: NetworkPage, template: str) -> None:
    page.state.select((2, 3))
    page.services.session.open(Project(name="Other", network=templates.load(template).network), None)
    assert page.state.rows == ()
    assert page.list.selectionModel().selectedRows() == []


def test_the_words_about_a_field_go_with_its_layer(page: NetworkPage) -> None:
    page.state.select((1,))
    page.inspector.form.focus_field("filters")
    assert page.about.title.text() == "About Filters"
    page.state.select(())
    assert page.about.title.text() == "About the fields"
    page.state.select((1,))
    page.list.setFocus()
    page.inspector.form.focus_field("filters")
    network = NetworkSpec(layers=(create("Input", name="image"),))
    page.services.session.open(Project(name="Other", network=network), None)
    assert page.about.title.text() == "About the fields"


def test_what_a_layer_costs_is_told_before_its_arrays(page: NetworkPage) -> None:
    page.state.select((1,))
    names = [name for name, _figure in page.inspector.facts.facts()]
    assert names[0] == "Parameters"
    arrays = [at for at, name in enumerate(names) if name.startswith("weights")]
    assert arrays and names.index("Multiply-adds an image") < min(arrays)
