"""What is done at random to training images, so that the network does not learn them by heart."""

from __future__ import annotations

from typing import Literal

from guiapp.core.dataset_settings import Balance
from guiapp.core.layers.base import Words, field

Fill = Literal["edge", "mirror", "black"]

MOVEMENT = ("flip_horizontal", "flip_vertical", "shift_x", "shift_y", "rotation", "zoom", "crop", "fill")
COLOUR = ("brightness", "contrast", "saturation", "hue")
NOISE = ("noise", "cutout")

_DONE = {
    "flipped": ("flip_horizontal", "flip_vertical"),
    "shifted": ("shift_x", "shift_y"),
    "rotated": ("rotation",),
    "zoomed": ("zoom",),
    "cropped": ("crop",),
    "recoloured": COLOUR,
    "given grain": ("noise",),
    "partly covered": ("cutout",),
}
_SMALL: dict[Balance, str] = {
    "none": "",
    "class weights": "count for more",
    "balanced sampling": "are shown more often",
}


class Augmentation(Words):
    """Changes made to each training image anew each epoch; nothing where all fields are at their defaults.

    Geometry comes first (crop, zoom, rotation, shift, flips, in one resampling), then colours, noise and cutout.
    `MOVEMENT`, `COLOUR` and `NOISE` name its fields in groups.
    """

    flip_horizontal: bool = field(False, "Flip left–right", "Mirror every second image. Wrong for digits and letters.")
    flip_vertical: bool = field(False, "Flip up–down", "Turn every second image upside down.")
    shift_x: int = field(0, "Shift across", "Move up to so far to the left or right.", unit="px", ge=0, le=4096)
    shift_y: int = field(0, "Shift down", "Move up to so far up or down.", unit="px", ge=0, le=4096)
    rotation: int = field(0, "Rotation", "Turn up to so far either way.", unit="°", ge=0, le=180)
    zoom: float = field(0.0, "Zoom", "Enlarge or shrink by up to this share: 0.2 is from 0.8 to 1.2.", ge=0, le=0.9)
    crop: float = field(
        0.0, "Crop", "Cut up to this share off width and height at a random place, and enlarge what is left.",
        ge=0, le=0.9,
    )  # fmt: skip
    fill: Fill = field("edge", "Fill", "What shows where an image was moved away: its edge, its mirror image, black.")
    brightness: float = field(0.0, "Brightness", "Lighten or darken by up to this share of white.", ge=0, le=1)
    contrast: float = field(0.0, "Contrast", "Strengthen or weaken by up to this share.", ge=0, le=1)
    saturation: float = field(0.0, "Saturation", "Strengthen or fade colours by up to this share.", ge=0, le=1)
    hue: int = field(0, "Hue", "Turn colours up to so far around the colour circle.", unit="°", ge=0, le=180)
    noise: int = field(0, "Noise", "Add grain: most values of 0…255 change by no more than this.", ge=0, le=128)
    cutout: float = field(
        0.0, "Cutout", "Cover a square of up to this share of the shorter side, at a random place, with the mean "
        "colour of the image.", ge=0, le=0.9,
    )  # fmt: skip

    @property
    def active(self) -> bool:
        """Whether anything is done at all."""
        return self.model_copy(update={"fill": "edge"}) != Augmentation()


def described(augmentation: Augmentation, balance: Balance) -> str:
    """Return a sentence on what is done to images between their files and the network; "" where nothing is.

    Parameters
    ----------
    augmentation : Augmentation
        The changes made at random.
    balance : str
        What is done about classes of different sizes.
    """
    done = [word for word, names in _DONE.items() if any(getattr(augmentation, name) for name in names)]
    small = _SMALL[balance]
    if not done:
        return f"Images of small classes {small}." if small else ""
    listed = " and ".join(part for part in (", ".join(done[:-1]), done[-1]) if part)
    return f"Training images are {listed} at random{f'; those of small classes {small}' if small else ''}."
