"""The harness of the tests itself: what it must catch, it catches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guiapp.core import files, notify

pytest_plugins = ["pytester"]
CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"

LEAKS = """
import logging
from PySide6.QtWidgets import QWidget
import pytest

kept = []

def test_leaves_a_widget(qtbot):
    kept.append(QWidget())

def test_closes_its_widget(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()

def test_drops_its_widget(qtbot):
    widget = QWidget()
    widget.me = widget

def test_logs_an_error():
    logging.getLogger("guiapp.engine").error("the disk is full")

@pytest.mark.allow_errors
def test_may_log_an_error():
    logging.getLogger("guiapp").error("the disk is full")
"""


@pytest.fixture
def harness(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers = allow_errors\n")
    return pytester


def test_left_widgets_and_logged_errors_fail(harness: pytest.Pytester) -> None:
    harness.makepyfile(LEAKS)
    result = harness.runpytest_subprocess("-p", "no:xdist", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=5, errors=2)
    result.stdout.fnmatch_lines_random(
        ["*widgets are left after the test: QWidget*", "guiapp.engine: the disk is full"]
    )


def test_nothing_touches_the_persons_own_folders() -> None:
    for place in (files.data_dir(), files.cache_dir(), files.config_dir(), files.log_dir()):
        assert "convnet-studio-test-" in str(place)


def test_there_is_no_screen() -> None:
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


@pytest.mark.allow_errors
def test_told_errors_are_logged_as_errors(caplog: pytest.LogCaptureFixture) -> None:
    notify.error("the disk is full")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
