"""What can be chosen of an animation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scale = Literal["each", "fixed"]


@dataclass(frozen=True)
class Options:
    """What an animation shows.

    Attributes
    ----------
    layer : str
        The layer.
    what : {"filters", "maps"}
        Its kernels, or its feature maps.
    pin : int
        The pinned image whose maps are shown.
    channel : int or None
        One filter or map alone; None is the grid of all.
    first_step, last_step : int or None
        The snapshots shown, ends included; None is from the beginning, or to the end.
    fps : float
        Frames a second.
    enlarge : int or None
        A whole factor; None makes the long side about 512 pixels.
    caption : bool
        Whether each frame says its step.
    colormap : str
        One of `guiapp.core.colormaps.NAMES`; filters are always shown in colour or diverging.
    scale : {"fixed", "each"}
        One colour scale over all time and all tiles, or one for each tile and frame.
    loop : bool
        Whether it begins again at its end.
    hold_last_s : float
        For how long the last frame stays, in seconds.
    max_frames : int
        How many snapshots are shown at most, evenly picked.
    begin_with_image : bool
        Whether the first second shows the pinned image itself.
    """

    layer: str
    what: Literal["filters", "maps"] = "maps"
    pin: int = 0
    channel: int | None = None
    first_step: int | None = None
    last_step: int | None = None
    fps: float = 12
    enlarge: int | None = None
    caption: bool = True
    colormap: str = "viridis"
    scale: Scale = "fixed"
    loop: bool = True
    hold_last_s: float = 1.0
    max_frames: int = 120
    begin_with_image: bool = False
