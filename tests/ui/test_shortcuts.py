"""No two actions that are there at once listen to the same keys: Qt would then do neither."""

from __future__ import annotations

from collections import defaultdict

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction

from guiapp.ui.data.page import DataPage
from guiapp.ui.page import Page
from tests.ui.conftest import Shell

WINDOW = (Qt.ShortcutContext.WindowShortcut, Qt.ShortcutContext.ApplicationShortcut)


def page_of(action: QAction) -> QObject | None:
    """Return the page that an action belongs to, or None for one that is there on every page."""
    owner = action.parent()
    while owner is not None and not isinstance(owner, Page):
        owner = owner.parent()
    return owner


def test_every_shortcut_is_its_own_on_each_page(shell: Shell) -> None:
    window = shell.open(shell.project(images=shell.images()), ready=True)
    for place in window.places:
        window.go(place.name)
        page = window.page(place.name)
        if isinstance(page, DataPage):
            for at in range(page.views.bar.count()):
                page.views.bar.setCurrentIndex(at)
        everywhere: dict[str, set[str]] = defaultdict(set)
        inside: dict[str, set[str]] = defaultdict(set)
        for action in window.findChildren(QAction):
            if page_of(action) in (None, page):
                taken = everywhere if action.shortcutContext() in WINDOW else inside
                for keys in action.shortcuts():
                    taken[keys.toString()].add(action.text())
        assert {keys: texts for keys, texts in everywhere.items() if len(texts) > 1} == {}, place.name
        assert {keys: (inside[keys], everywhere[keys]) for keys in inside.keys() & everywhere.keys()} == {}, place.name
        assert everywhere
