"""Images of rarer kinds: TIFFs of coloured fractions, and portable maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from guiapp.core.notify import UserError
from guiapp.data import images
from guiapp.data.facts import Facts, facts_of


@pytest.mark.parametrize("most", [1.0, 255.0, 65535.0])
def test_coloured_fractions_are_scaled_in_every_way_of_reading(most: float, tmp_path: Path) -> None:
    colours = np.random.default_rng(3).integers(0, 255, (24, 40, 3)).astype(np.float32)
    colours[0, 0] = 255
    ok, data = images.cv2.imencode(".tif", colours[..., ::-1] / 255 * most)
    assert ok
    path = tmp_path / "deep.tif"
    path.write_bytes(bytes(data))
    for got in (images.read_image(path), images.read_fitted(path, 40, 24, 3), images.thumbnail(path, 64)):
        assert np.abs(got - colours).max() <= 0.51


def test_a_huge_image_of_fractions_is_refused_by_its_header() -> None:
    _, data = images.cv2.imencode(".tif", np.zeros((4, 4, 3), np.float32))
    lying = bytearray(data)
    at = int.from_bytes(lying[4:8], "little")
    for entry in range(at + 2, at + 2 + 12 * int.from_bytes(lying[at : at + 2], "little"), 12):
        if int.from_bytes(lying[entry : entry + 2], "little") in (256, 257):
            lying[entry + 2 : entry + 4] = (4).to_bytes(2, "little")
            lying[entry + 8 : entry + 12] = (30_000).to_bytes(4, "little")
    with pytest.raises(UserError, match=r"has 30,000 × 30,000 pixels; at most 100,000,000 in all are read"):
        images.decode_bytes(bytes(lying))


@pytest.mark.parametrize(
    ("data", "grey"),
    [
        (b"P2\n2 1\n255\n0 200\n", [0, 200]),
        (b"P5 2 1 65535\n\0\0\xff\xff", [0, 255]),
        (b"P4\n# a remark\n2 1\n\x40", [255, 0]),
        (b"P6\r2 1 255\n\1\1\1\7\7\7", [1, 7]),
    ],
)
def test_portable_maps(data: bytes, grey: list[int]) -> None:
    assert images.decode_bytes(data)[0].tolist() == [[value] * 3 for value in grey]


def test_damaged_portable_maps() -> None:
    with pytest.raises(UserError, match="30,000 × 30,000 pixels"):
        images.decode_bytes(b"P6 30000 30000 255\n")
    for data in (b"P6 4 4 255\n\0", b"P3\n9000 9000 255\n1 2 3", b"P5 " + b"9" * 99, b"P6\n#"):
        with pytest.raises(UserError, match="is damaged"):
            images.decode_bytes(data)


def test_facts_of_rarer_kinds() -> None:
    assert facts_of(b"P5 2 1 255\n\0\0") == Facts("PNM", 2, 1)
    assert facts_of(b"P6 damaged") == Facts("PNM")
    ok, data = images.cv2.imencode(".tif", np.zeros((4, 6, 3), np.float32))
    assert ok
    assert facts_of(bytes(data)).format == "TIFF"
