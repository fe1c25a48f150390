"""An engine's client that opens datasets in this process, and services on drawn images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from guiapp.core import templates
from guiapp.core.layers.input import Input
from guiapp.core.messages import OpenDataset, Request
from guiapp.data.opening import open_dataset
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.services import Services
from tests.ui.asked_engine import services_of


class OpeningEngine(EngineClient):
    """Opens datasets at once, and can do nothing else."""

    def request(
        self, make: Callable[[int], Request], done: Any = None, failed: Any = None, progress: Any = None
    ) -> int:
        command = make(1)
        assert isinstance(command, OpenDataset)
        done(open_dataset(Path(command.settings.path)))
        return 1


def services_with(first: Input, folder: Path) -> Services:
    """Return services on a small network that begins with `first`; no images are chosen yet."""
    services = services_of(OpeningEngine("none"), folder)
    project = templates.load("starter").project("Test", None)
    services.session.open(project.model_copy(update={"network": project.network.replace(0, first)}), None)
    return services
