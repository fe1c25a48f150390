"""The run store: what a training recorded, written by the engine and read by everyone, even meanwhile.

A run is a folder: `project.json` (frozen copy), `environment.json`, `images.csv.gz` (which images it was trained on,
and their splits), `run.db` (SQLite in WAL mode), `checkpoints/` and `model.keras`. Killing the writer at any moment
leaves a readable run.
"""

from guiapp.core.runs.images import ListedImage
from guiapp.core.runs.listing import RunInfo, describe, list_runs, new_folder
from guiapp.core.runs.reader import Metrics, RunReader
from guiapp.core.runs.resuming import resumed
from guiapp.core.runs.store import RunStore
from guiapp.core.runs.writer import RunWriter

__all__ = [
    "ListedImage",
    "Metrics",
    "RunInfo",
    "RunReader",
    "RunStore",
    "RunWriter",
    "describe",
    "list_runs",
    "new_folder",
    "resumed",
]
