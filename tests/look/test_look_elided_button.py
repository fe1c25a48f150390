"""A button that shortens its words, and long words that may be broken."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from guiapp.look.elide import ElidedButton
from guiapp.look.heading import breakable

WORDS = "Train from convnext_tiny_downsampling_block_2 on"


def test_a_button_is_shortened_only_where_it_must_be(qtbot: QtBot) -> None:
    button = ElidedButton(WORDS)
    qtbot.addWidget(button)
    button.resize(button.sizeHint())
    button.show()
    assert button.shown() == WORDS and button.toolTip() == ""
    button.resize(140, button.height())
    assert "…" in button.shown() and button.toolTip() == button.text() == WORDS
    assert button.grab().width() == 140
    assert ElidedButton("Mend").minimumSizeHint().width() <= 96


def test_words_that_fit_are_never_shortened(qtbot: QtBot) -> None:
    for count in range(1, 40):
        button = ElidedButton(("Set padding to same, " * 3)[:count])
        qtbot.addWidget(button)
        button.resize(button.sizeHint())
        assert button.shown() == button.text()
        button.resize(button.width() + 1, button.height())
        assert button.shown() == button.text()


def test_only_long_words_may_be_broken() -> None:
    assert breakable("kernel_size is wrong") == "kernel_size is wrong"
    assert breakable("take convnext_tiny_downsampling_block_2 out").count("\u200b") == 4
