"""The real engine, in whose process a test's own server stands for the web: it offers the one dataset there is."""

from __future__ import annotations

import json
import os
from multiprocessing.connection import Connection

from guiapp.data import catalogue
from guiapp.data.catalogue import File, Known

VARIABLE = "CONVNET_STUDIO_TEST_DATASET"


def known() -> Known:
    """Return the dataset that the environment tells of."""
    told = json.loads(os.environ[VARIABLE])
    files = tuple(File(**{**file, "urls": tuple(file["urls"])}) for file in told.pop("files"))
    return Known(**{**told, "classes": tuple(told["classes"]), "files": files})


def main(connection: Connection) -> None:
    """Run the engine."""
    catalogue.CATALOGUE = (known(),)
    from guiapp.engine import worker

    worker.main(connection)
