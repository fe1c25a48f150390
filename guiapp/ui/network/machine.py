"""How much memory there is to train with."""

from __future__ import annotations

import os
from dataclasses import dataclass

from guiapp.core.messages import Device


@dataclass(frozen=True)
class Room:
    """What holds the network while it trains.

    Attributes
    ----------
    size : int or None
        How many bytes it has; None where that is not known.
    what : str
        What has them, as a sentence says it.
    """

    size: int | None = None
    what: str = "this machine"


def machine_memory() -> int | None:
    """Return how many bytes of memory this machine has, or None where that cannot be told."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def room(device: Device | None) -> Room:
    """Return the memory of the device that trains; the machine's until the engine has said what it is."""
    if device is None:
        return Room(machine_memory())
    return Room(device.memory, "the GPU" if device.kind == "gpu" else "this machine")
