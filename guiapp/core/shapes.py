"""How shapes are written, everywhere."""

from __future__ import annotations

from collections.abc import Sequence


def shape_text(shape: Sequence[int]) -> str:
    """Write a shape: ``28×28×12``, ``3×3×1,280``, ``1,024``."""
    return "×".join(f"{n:,}" for n in shape)
