"""Presets of augmentation, and doubts about what is chosen, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guiapp.core.augmentation import Augmentation
from guiapp.core.layers.input import Input

DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SAME_IN_A_MIRROR = frozenset("018AHIMOTUVWXYilovwx")
SAME_UPSIDE_DOWN = frozenset("0138BCDEHIKOXlox")


@dataclass(frozen=True)
class Preset:
    """A choice of changes that suits one sort of images.

    Attributes
    ----------
    title, tip : str
        Its word, and what it sets and when that is right.
    make : callable
        Given the Input layer, returns the settings.
    """

    title: str
    tip: str
    make: Callable[[Input], Augmentation]


def _photos(layer: Input) -> Augmentation:
    return Augmentation(
        flip_horizontal=True, shift_x=_share(layer.width, 16), shift_y=_share(layer.height, 16), rotation=10, zoom=0.1,
        brightness=0.15, contrast=0.2, saturation=0.2 if layer.channels == 3 else 0.0, fill="mirror",
    )  # fmt: skip


def _digits(layer: Input) -> Augmentation:
    return Augmentation(
        shift_x=_share(layer.width, 14), shift_y=_share(layer.height, 14), rotation=10, zoom=0.1, fill="edge"
    )


def _above(layer: Input) -> Augmentation:
    return Augmentation(
        flip_horizontal=True, flip_vertical=True, shift_x=_share(layer.width, 16), shift_y=_share(layer.height, 16),
        rotation=180, zoom=0.1, brightness=0.1, contrast=0.1, fill="mirror",
    )  # fmt: skip


def _share(side: int, part: int) -> int:
    return max(1, round(side / part))


PRESETS = (
    Preset(
        "Photos",
        "Mirrors left–right, moves by up to a sixteenth, turns by up to 10°, zooms by 0.1 and changes light and colour "
        "a little: for photographs of things, animals and people.",
        _photos,
    ),
    Preset(
        "Digits",
        "Moves by up to a fourteenth, turns by up to 10° and zooms by 0.1, but mirrors nothing: for digits, letters "
        "and other signs.",
        _digits,
    ),
    Preset(
        "From above",
        "Mirrors and turns all ways round: for pictures without an up and a down, such as from the air or through a "
        "microscope.",
        _above,
    ),
    Preset("None", "Switches everything off: each epoch shows the images as they are.", lambda _layer: Augmentation()),
)


def doubts(settings: Augmentation, layer: Input, class_names: Sequence[str]) -> list[str]:
    """Return sentences about what is chosen and probably not meant."""
    return [*_about_classes(settings, class_names), *_about_size(settings, layer), *_about_strength(settings)]


def _about_classes(settings: Augmentation, class_names: Sequence[str]) -> list[str]:
    found = []
    signs = _signs(class_names)
    words = {word for name in class_names for word in re.split(r"[^a-z]+", name.casefold())}
    if settings.flip_horizontal:
        if sign := _other(signs, SAME_IN_A_MIRROR):
            found.append(f"A mirrored {sign} is no {sign}: switch “Flip left–right” off.")
        elif {"left", "right"} <= words:
            found.append("In a mirror left and right change places, but the class stays: switch it off.")
    if settings.flip_vertical:
        if sign := _other(signs, SAME_UPSIDE_DOWN):
            found.append(f"A {sign} upside down is no {sign}: switch “Flip up–down” off.")
        elif {"up", "down"} <= words or {"top", "bottom"} <= words:
            found.append("Upside down, up and down change places, but the class stays: switch it off.")
        else:
            found.append("Few things are ever seen upside down; it suits pictures from above or through a microscope.")
    if signs and settings.rotation > 120 and {"6", "9"} <= set(signs):
        found.append("Turned by half a circle, a 6 is a 9: 10° to 15° is usual.")
    elif signs and settings.rotation > 45:
        found.append("Signs are seldom seen at such a slant: 10° to 15° is usual.")
    return found


def _signs(class_names: Sequence[str]) -> tuple[str, ...]:
    """Return the digits or letters that the classes are named after; nothing where they are named otherwise."""
    names = [name.strip() for name in class_names]
    known = [DIGITS[NAMES.index(name.casefold())] if name.casefold() in NAMES else name for name in names]
    return tuple(known) if len(known) > 1 and all(len(name) == 1 and name.isalnum() for name in known) else ()


def _other(signs: Sequence[str], same: frozenset[str]) -> str:
    """Return a sign that does not stay what it is, the 2 if it is among them."""
    found = [sign for sign in signs if sign not in same]
    return "2" if "2" in found else next(iter(found), "")


def _about_size(settings: Augmentation, layer: Input) -> list[str]:
    found = []
    sides = ((settings.shift_x, layer.width), (settings.shift_y, layer.height))
    if far := [(shift, side) for shift, side in sides if 2 * shift > side]:
        shift, side = far[0]
        found.append(f"A shift of {shift:,} px can push most of an image of {side:,} px out of sight.")
    if layer.channels == 1 and (settings.saturation or settings.hue):
        both = " and ".join(word for word, on in (("saturation", settings.saturation), ("hue", settings.hue)) if on)
        found.append(f"The network sees grey images: {both} {'do' if ' and ' in both else 'does'} nothing.")
    return found


def _about_strength(settings: Augmentation) -> list[str]:
    found = []
    if settings.brightness > 0.6:
        found.append("So much brightness turns some images nearly white and others nearly black.")
    if settings.contrast > 0.9:
        found.append("So much contrast turns some images into plain grey.")
    if settings.noise > 64:
        found.append("So much noise can drown what an image shows.")
    if settings.crop > 0.6 or settings.cutout > 0.7:
        found.append("So much is cut away that some images no longer show what they are of.")
    if settings.zoom > 0.6:
        found.append("So much zoom leaves some images tiny and others cut to a corner of what they show.")
    return found
