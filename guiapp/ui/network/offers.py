"""What the Network page offers to add and to begin with: kinds, templates, and what is in the person's library."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from guiapp.core.layers import kinds
from guiapp.ui.network import library, palette
from guiapp.ui.network.choices import Entry

if TYPE_CHECKING:
    from guiapp.ui.network.page import NetworkPage

RECENT_KEY = "network/recent"
RECENT = "Recently used"
MOST_RECENT = 4


class Offers(QObject):
    """Puts together what the lists of a page show, and remembers which layers were added last.

    Parameters
    ----------
    page : NetworkPage
        The page; also its parent.
    """

    def __init__(self, page: NetworkPage) -> None:
        super().__init__(page)
        self._page = page
        self._settings = page.services.settings

    def entries(self, query: str) -> list[Entry]:
        """Return what can be added: while nothing is searched for, what was used last comes first."""
        mine = library.shelf(self._page).entries(query)
        # A second Input is an error, and it would be what Return adds.
        begun = any(layer.kind == "Input" for layer in self._page.state.network.layers)
        without = ("Input",) if begun else ()
        recent = [] if query.strip() else self._recent(mine, without)
        return [*recent, *palette.entries(query, mine, without)]

    def networks(self) -> list[Entry]:
        """Return the person's own networks."""
        return library.shelf(self._page).entries("", "network")

    def used(self, key: str) -> None:
        """Remember that this was added."""
        keys = [key, *(other for other in self._keys() if other != key)]
        self._settings.setValue(RECENT_KEY, "\n".join(keys[:MOST_RECENT]))

    def _recent(self, mine: list[Entry], without: Collection[str]) -> list[Entry]:
        known = {name: palette.entry(cls) for name, cls in kinds().items()} | {item.key: item for item in mine}
        found = [known[key] for key in self._keys() if key in known and key not in without]
        return [Entry("", RECENT), *found] if found else []

    def _keys(self) -> list[str]:
        return str(self._settings.value(RECENT_KEY, "")).split("\n")[:MOST_RECENT]
