"""What augmentation does to images, and that it does the same again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from guiapp.core.augmentation import COLOUR, MOVEMENT, NOISE, Augmentation
from guiapp.data import augment as module
from guiapp.data.augment import augment

Pixels = NDArray[np.uint8]
QUICK = settings(max_examples=30, deadline=None)
BATCHES = st.tuples(st.integers(1, 4), st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3])).flatmap(
    lambda shape: arrays(np.uint8, shape)
)
EACH = [
    {"flip_horizontal": True}, {"flip_vertical": True}, {"shift_x": 4}, {"shift_y": 4}, {"rotation": 30},
    {"zoom": 0.4}, {"crop": 0.5}, {"brightness": 0.4}, {"contrast": 0.5}, {"saturation": 0.9}, {"hue": 120},
    {"noise": 40}, {"cutout": 0.6},
]  # fmt: skip
MOST: dict[str, Any] = {
    "flip_horizontal": True, "flip_vertical": True, "shift_x": 4096, "shift_y": 4096, "rotation": 180, "zoom": 0.9,
    "crop": 0.9, "brightness": 1, "contrast": 1, "saturation": 1, "hue": 180, "noise": 128, "cutout": 0.9,
}  # fmt: skip


def rows(count: int) -> NDArray[np.intp]:
    return np.arange(count, dtype=np.intp)


def random_images(count: int = 6, high: int = 12, wide: int = 15, channels: int = 3) -> Pixels:
    return np.random.default_rng(3).integers(0, 256, (count, high, wide, channels), dtype=np.uint8)


def pattern(side: int = 16) -> Pixels:
    """An image whose every pixel has a colour of its own, and none of which is black."""
    y, x = np.mgrid[:side, :side]
    return np.stack([10 * x + 20, 10 * y + 20, 5 * (x + y) + 20], axis=-1).astype(np.uint8)


def test_the_groups_name_every_field_once() -> None:
    assert (*MOVEMENT, *COLOUR, *NOISE) == tuple(Augmentation.model_fields)


@QUICK
@given(BATCHES)
def test_nothing_on_changes_nothing_and_gives_a_new_array(images: Pixels) -> None:
    got = augment(images, Augmentation(fill="mirror"), 1, 2, rows(len(images)))
    assert np.array_equal(got, images)
    assert not np.shares_memory(got, images)


@QUICK
@given(BATCHES, st.sampled_from(["edge", "mirror", "black"]), st.integers(0, 2**31 - 1), st.integers(0, 10**5))
def test_everything_at_its_most_keeps_shape_and_kind(images: Pixels, fill: Any, seed: int, epoch: int) -> None:
    before = images.copy()
    images.flags.writeable = False
    got = augment(images, Augmentation(fill=fill, **MOST), seed, epoch, rows(len(images)))
    assert got.shape == images.shape
    assert got.dtype == np.uint8
    assert np.array_equal(images, before)


@QUICK
@given(st.sampled_from(EACH), st.sampled_from([1, 3]), st.integers(0, 2**31 - 1))
def test_one_pixel_and_one_row_are_images_too(fields: dict[str, Any], channels: int, seed: int) -> None:
    for shape in ((2, 1, 1, channels), (2, 1, 9, channels), (2, 9, 1, channels)):
        images = np.full(shape, 77, np.uint8)
        assert augment(images, Augmentation(**fields), seed, 0, rows(2)).shape == shape


@pytest.mark.parametrize("fields", EACH, ids=lambda fields: next(iter(fields)))
def test_the_same_numbers_do_the_same_and_other_ones_do_not(fields: dict[str, Any]) -> None:
    images, chosen = random_images(32), Augmentation(**fields)
    got = augment(images, chosen, 5, 1, rows(32))
    assert np.array_equal(got, augment(images, chosen, 5, 1, rows(32)))
    assert not np.array_equal(got, images)
    assert not np.array_equal(got, augment(images, chosen, 5, 2, rows(32)))
    assert not np.array_equal(got, augment(images, chosen, 6, 1, rows(32)))
    assert not np.array_equal(got, augment(images, chosen, 5, 1, rows(32) + 100))


@pytest.mark.parametrize("bytes_", [0, 1 << 30], ids=["threads", "one thread"])
def test_what_is_done_to_an_image_does_not_depend_on_its_batch(bytes_: int, monkeypatch: pytest.MonkeyPatch) -> None:
    images, chosen = random_images(7, 20, 24), Augmentation(**{**MOST, "shift_x": 3, "shift_y": 3})
    monkeypatch.setattr(module, "THREADED_BYTES", bytes_)
    monkeypatch.setattr(module, "_cores", lambda: 3)
    numbers = np.array([40, 3, 17, 8, 1000, 2, 39], np.intp)
    together = augment(images, chosen, 1, 4, numbers)
    for i in range(7):
        assert np.array_equal(together[i], augment(images[i : i + 1], chosen, 1, 4, numbers[i : i + 1])[0])
    back = augment(images[::-1], chosen, 1, 4, numbers[::-1])
    assert np.array_equal(back[::-1], together)


def test_flips_are_exact_mirrors_of_about_every_second_image() -> None:
    images = random_images(400, 5, 7)
    for name, axis in (("flip_horizontal", 2), ("flip_vertical", 1)):
        got = augment(images, Augmentation(**{name: True}), 1, 0, rows(400))
        mirrored = np.array([np.array_equal(a, b) for a, b in zip(got, np.flip(images, axis), strict=True)])
        kept = np.array([np.array_equal(a, b) for a, b in zip(got, images, strict=True)])
        assert np.array_equal(mirrored, ~kept)
        assert 160 < mirrored.sum() < 240


def test_the_two_flips_are_drawn_apart() -> None:
    image = pattern(6)
    got = augment(np.stack([image] * 200), Augmentation(flip_horizontal=True, flip_vertical=True), 1, 0, rows(200))
    outcomes = [image, image[:, ::-1], image[::-1], image[::-1, ::-1]]
    counts = [sum(np.array_equal(one, outcome) for one in got) for outcome in outcomes]
    assert sum(counts) == 200
    assert min(counts) > 30


def test_a_shift_moves_by_whole_pixels_each_as_often_and_no_further() -> None:
    image, far = pattern(), 3
    got = augment(np.stack([image] * 980), Augmentation(shift_x=far, shift_y=far, fill="black"), 1, 0, rows(980))
    moves = {}
    for right in range(-far, far + 1):
        for down in range(-far, far + 1):
            wanted = np.zeros_like(image)
            inside = [slice(max(0, by), 16 + min(0, by)) for by in (down, right)]
            came = [slice(max(0, -by), 16 + min(0, -by)) for by in (down, right)]
            wanted[inside[0], inside[1]] = image[came[0], came[1]]
            moves[right, down] = sum(np.array_equal(one, wanted) for one in got)
    assert sum(moves.values()) == 980
    across = [sum(moves[right, down] for down in range(-far, far + 1)) for right in range(-far, far + 1)]
    assert min(across) > 90
    assert max(across) < 190


def test_what_is_left_open_is_filled_as_chosen() -> None:
    row = np.array([10, 20, 30, 40, 50, 60], np.uint8).reshape(1, 1, 6, 1)
    wanted = {"edge": [10, 10, 10, 20, 30, 40], "mirror": [20, 10, 10, 20, 30, 40], "black": [0, 0, 10, 20, 30, 40]}
    for fill, values in wanted.items():
        got = augment(np.repeat(row, 60, 0), Augmentation(shift_x=2, fill=fill), 1, 0, rows(60))
        assert values in got.reshape(60, 6).tolist()


def test_a_turn_goes_both_ways_and_no_further_than_asked() -> None:
    image = np.zeros((101, 101, 1), np.uint8)
    image[48:53, 90:96] = 255  # to the right of the middle
    got = augment(np.stack([image] * 200), Augmentation(rotation=30, fill="black"), 1, 0, rows(200))
    y, x = np.mgrid[-50:51, -50:51]
    weights = got[..., 0].astype(float)
    angles = np.degrees(np.arctan2((weights * y).sum((1, 2)), (weights * x).sum((1, 2))))
    assert np.abs(angles).max() < 30.5
    assert angles.min() < -25
    assert angles.max() > 25
    assert np.histogram(angles, 4, (-30, 30))[0].min() > 30


def test_a_zoom_goes_both_ways_about_the_middle() -> None:
    image = np.zeros((81, 81, 1), np.uint8)
    image[30:51, 30:51] = 255
    got = augment(np.stack([image] * 200), Augmentation(zoom=0.5, fill="black"), 1, 0, rows(200)) > 127
    sides = np.sqrt(got.sum((1, 2, 3))) / 21
    assert 0.48 < sides.min() < 0.6
    assert 1.4 < sides.max() < 1.52
    assert got[:, 40, 40].all()


def test_a_crop_enlarges_a_part_that_lies_inside() -> None:
    ramp = np.broadcast_to(np.arange(0, 250, 5, dtype=np.uint8)[None, :, None], (50, 50, 1))
    got = augment(np.stack([ramp] * 200), Augmentation(crop=0.5), 1, 0, rows(200)).astype(float)
    shares = (got[:, 25, 40, 0] - got[:, 25, 10, 0]) / (5 * 30)
    assert shares.min() > 0.48
    assert shares.max() < 1.02
    assert shares.min() < 0.55
    left = got[:, 25, 0, 0] / 5
    assert left.min() < 1
    assert left.max() > 15


def test_brightness_and_contrast_work_on_grey_and_leave_the_mean_alone_where_they_should() -> None:
    images = np.broadcast_to(np.linspace(100, 150, 16).astype(np.uint8)[None, None, :, None], (300, 4, 16, 1))
    lighter = augment(images, Augmentation(brightness=0.3), 1, 0, rows(300)).astype(float)
    change = (lighter - images).mean((1, 2, 3))
    assert -77 < change.min() < -60
    assert 60 < change.max() < 77
    stronger = augment(images, Augmentation(contrast=0.5), 1, 0, rows(300)).astype(float)
    assert np.abs(stronger.mean((1, 2, 3)) - images[0].mean()).max() < 1
    spread = stronger.std((1, 2, 3)) / images[0].std()
    assert 0.45 < spread.min() < 0.55
    assert 1.45 < spread.max() < 1.55


def test_hue_and_saturation_leave_greys_and_brightness_as_they_are() -> None:
    chosen = Augmentation(hue=180, saturation=0.5)
    grey = np.repeat(random_images(20, channels=1), 3, axis=3)
    assert np.abs(augment(grey, chosen, 1, 0, rows(20)).astype(int) - grey).max() <= 1
    dull = np.full((50, 4, 4, 3), (120, 130, 110), np.uint8)
    got = augment(dull, chosen, 1, 0, rows(50)).astype(float)
    assert np.abs(got @ (0.299, 0.587, 0.114) - np.dot((120, 130, 110), (0.299, 0.587, 0.114))).max() < 1.5
    assert len(np.unique(got[:, 0, 0], axis=0)) > 30


def test_hue_does_nothing_to_a_grey_image() -> None:
    images = random_images(channels=1)
    assert np.array_equal(augment(images, Augmentation(hue=180, saturation=1), 1, 0, rows(6)), images)


def test_half_a_turn_of_the_colours_makes_red_cyan() -> None:
    red = np.full((300, 2, 2, 3), (140, 110, 110), np.uint8)
    got = augment(red, Augmentation(hue=180), 1, 0, rows(300))[:, 0, 0].astype(int)
    assert any(np.all(np.abs(one - (98, 128, 128)) <= 3) for one in got)


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_is_as_strong_as_asked_in_every_channel(channels: int) -> None:
    images = np.full((100, 32, 32, channels), 128, np.uint8)
    got = augment(images, Augmentation(noise=20), 1, 0, rows(100)).astype(float) - 128
    sigma = got.std((1, 2))
    assert 18 < sigma.max() < 22
    assert sigma.min() < 2
    assert np.abs(got.mean()) < 0.2
    assert np.allclose(sigma.max(1), sigma.min(1), atol=2.5)


def test_cutout_covers_one_square_with_the_mean_colour() -> None:
    images = random_images(100, 20, 30)
    got = augment(images, Augmentation(cutout=0.5), 1, 0, rows(100))
    sides = []
    for one, image in zip(got, images, strict=True):
        changed = (one != image).any(-1)
        if not changed.any():
            continue
        y, x = np.nonzero(changed)
        hole = one[y.min() : y.max() + 1, x.min() : x.max() + 1]
        assert (hole == hole[0, 0]).all()
        assert np.abs(hole[0, 0] - image.mean((0, 1))).max() <= 0.51
        assert hole.shape[0] == hole.shape[1]
        sides.append(len(hole))
    assert max(sides) == 10
    assert min(sides) <= 2


def test_turning_one_change_on_leaves_the_others_as_they_were() -> None:
    image = pattern()
    images = np.stack([image] * 50)
    flipped = augment(images, Augmentation(flip_horizontal=True), 1, 0, rows(50))
    both = augment(images, Augmentation(flip_horizontal=True, cutout=0.2), 1, 0, rows(50))
    assert ((flipped != both).any(-1).sum((1, 2)) <= 9).all()


def test_what_is_done_stays_the_same_from_version_to_version() -> None:
    draws = module._draws(7, 3, np.array([0, 5], np.intp))
    assert [round(float(draws[name][1]), 6) for name in ("flip x", "rotation", "cutout y")] == [
        0.445519,
        0.898376,
        0.214988,
    ]
