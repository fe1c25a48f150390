"""The five places, found by name and made when they are first shown."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from guiapp.ui.page import Page
from guiapp.ui.services import Services


@dataclass(frozen=True)
class Place:
    """A page before it is made: nothing of it is imported yet.

    Attributes
    ----------
    name, title, icon : str
        As of its `Page`.
    tip : str
        What one does there.
    module : str
        Where its class is, called `title` and ``Page``.
    """

    name: str
    title: str
    icon: str
    tip: str
    module: str

    def make(self, services: Services) -> Page:
        """Return the page."""
        page: Page = getattr(importlib.import_module(self.module), f"{self.title}Page")(services)
        return page


PLACES = (
    Place("data", "Data", "data", "Choose the images and divide them", "guiapp.ui.data.page"),
    Place("network", "Network", "network", "Build the network, layer by layer", "guiapp.ui.network.page"),
    Place("train", "Train", "train", "Train it, and watch it learn", "guiapp.ui.train.page"),
    Place("inspect", "Inspect", "inspect", "Look into any layer, at any step", "guiapp.ui.inspect.page"),
    Place("predict", "Predict", "predict", "Ask it about images", "guiapp.ui.predict.page"),
)
