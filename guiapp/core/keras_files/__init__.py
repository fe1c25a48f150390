"""Networks out of files of Keras: saved models, JSON of their layers, and scripts. Nothing in a file is ever run."""

from __future__ import annotations

from guiapp.core.keras_files.graph import Imported
from guiapp.core.keras_files.obstacles import Refused
from guiapp.core.keras_files.reading import SUFFIXES, read

__all__ = ["SUFFIXES", "Imported", "Refused", "read"]
