"""The memory that training needs is that of what is trained: blocks hold neither more nor less than their layers."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.layers import create
from guiapp.core.memory import needs
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from tests.ui.network_place import open_network_page


def grouped() -> NetworkSpec:
    """Return a frozen backbone inside a Group."""
    backbone = create("Pretrained", name="net", weights_from="random", pooling="average")
    layers = (
        create("Input", name="image", height=96, width=96, scaling="none"),
        create("Group", name="group", layers=(backbone,)),
        create("Dense", name="out", units=10, activation="softmax"),
    )
    return NetworkSpec(layers=layers)


def test_a_backbone_in_a_group_needs_what_it_needs_alone(qtbot: QtBot, tmp_path: Path) -> None:
    page = open_network_page(qtbot, tmp_path, Project(network=grouped()))
    training = Project().training
    told = needs(analyse(flat(grouped())), training.batch, training.optimizer, training.momentum)
    assert page.state.needs == told
    assert told != needs(analyse(grouped()), training.batch, training.optimizer, training.momentum)
    assert told.working > needs(analyse(grouped()), training.batch).working
