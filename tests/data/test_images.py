"""Reading and fitting images: every mode of every format, and every way to be damaged."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from guiapp.core.notify import UserError
from guiapp.data import image_files, images
from guiapp.data.headers import sniff

RED, GREEN, WHITE = (255, 0, 0), (0, 128, 0), (255, 255, 255)


def scene(width: int = 24, height: int = 16) -> Image.Image:
    """Red on the left, green on the right, white along the top."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height))
    image.paste(WHITE, (0, 0, width, height // 4))
    return image


def photo(width: int, height: int) -> Image.Image:
    """Smooth, so that JPEG and resizing change little."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], axis=2)
    return Image.fromarray(rgb.astype(np.uint8))


def packed(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG file that promises a size and holds nearly nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_lossless_formats_are_exact(kind: str, options: dict[str, object]) -> None:
    assert np.array_equal(images.decode_bytes(packed(scene(), kind, **options)), np.asarray(scene()))


@pytest.mark.parametrize("options", [{"quality": 95}, {"quality": 95, "progressive": True}])
def test_jpeg(options: dict[str, object]) -> None:
    got = images.decode_bytes(packed(photo(80, 60), "JPEG", **options))
    assert np.abs(got.astype(int) - np.asarray(photo(80, 60))).max() <= 6


def test_grey_and_bilevel_become_rgb() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    got = images.decode_bytes(packed(Image.fromarray(grey), "PNG"))
    assert np.array_equal(got, np.repeat(grey[..., None], 3, axis=2))
    bits = Image.fromarray(grey).convert("1")
    got = images.decode_bytes(packed(bits, "PNG"))
    assert np.array_equal(got[..., 0], np.asarray(bits.convert("L")))


def test_palette() -> None:
    image = scene().convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    assert np.array_equal(images.decode_bytes(packed(image, "PNG")), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_alpha_lies_on_white(kind: str) -> None:
    image = Image.new("RGBA", (4, 2), (255, 0, 0, 0))
    image.paste((0, 0, 0, 51), (0, 0, 2, 2))
    got = images.decode_bytes(packed(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert got[0, 0].tolist() == [204, 204, 204]
    assert got[0, 3].tolist() == [255, 255, 255]


def test_transparent_palette_and_grey_with_alpha_lie_on_white() -> None:
    image = scene().convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    red = image.getpixel((0, 15))
    got = images.decode_bytes(packed(image, "PNG", transparency=red))
    assert got[15, 0].tolist() == [255, 255, 255]
    assert got[15, 23].tolist() == list(GREEN)
    assert images.decode_bytes(packed(Image.new("LA", (2, 2), (0, 0)), "PNG")).min() == 255


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    deep = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    for kind in ("PNG", "TIFF"):
        got = images.decode_bytes(packed(Image.fromarray(deep), kind))
        assert np.abs(got[..., 0].astype(int) - deep // 256).max() <= 1
    colour = np.stack([deep, deep[::-1], deep.T], axis=2)
    ok, data = images.cv2.imencode(".png", colour[..., ::-1])
    assert ok
    assert np.abs(images.decode_bytes(bytes(data)).astype(int) - colour // 256).max() <= 1
    ok, data = images.cv2.imencode(".tif", colour[..., ::-1])
    assert ok
    assert np.abs(images.decode_bytes(bytes(data)).astype(int) - colour // 256).max() <= 1


def test_fractions_are_scaled() -> None:
    ramp = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    got = images.decode_bytes(packed(Image.fromarray(ramp), "TIFF"))
    assert np.abs(got[..., 0] - ramp * 255).max() <= 0.51


def test_cmyk() -> None:
    got = images.decode_bytes(packed(photo(80, 60).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(got.astype(int) - np.asarray(photo(80, 60))).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_exif_rotation_is_applied(orientation: int, kind: str) -> None:
    upright = scene(240, 160)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = packed(stored, kind, exif=exif)
    assert np.abs(images.decode_bytes(data).astype(int) - np.asarray(upright)).mean() < 4
    small = images.decode_fitted(data, 24, 16, 3)
    assert np.abs(small.astype(int) - np.asarray(scene())).mean() < 8


def test_animations_give_their_first_frame() -> None:
    frames = [Image.new("RGB", (6, 4), colour) for colour in (RED, GREEN, WHITE)]
    for kind in ("GIF", "PNG", "WEBP"):
        data = packed(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
        got = images.decode_bytes(data)
        assert got.shape == (4, 6, 3)
        assert np.abs(got.astype(int) - RED).max() <= 2, kind


def test_one_pixel() -> None:
    for kind in ("PNG", "BMP", "GIF", "TIFF", "JPEG"):
        data = packed(Image.new("RGB", (1, 1), RED), kind)
        assert images.decode_fitted(data, 5, 3, 3).shape == (3, 5, 3)
        for how in images.FITS:
            assert images.decode_fitted(data, 32, 48, 1, how).shape == (48, 32, 1)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.png": (lambda: b"", "the file is empty. Remove it, or put the image there again."),
    "text.png": (
        lambda: b"hello\n" * 100,
        "is not an image that can be read, whatever its name says. Remove it, or save the picture as PNG or JPEG.",
    ),
    "huge.png": (
        lambda: png_header(20_000, 20_000),
        "has 20,000 × 20,000 pixels; at most 100,000,000 in all are read. "
        "Save it smaller, for example 2,000 pixels wide.",
    ),
    "huge.bmp": (
        lambda: b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 20_000, 20_000, 1, 24, 0, 0, 0, 0, 0, 0),
        "has 20,000 × 20,000 pixels; at most 100,000,000 in all are read. "
        "Save it smaller, for example 2,000 pixels wide.",
    ),
    **{
        f"cut{suffix}": (
            lambda kind=kind: packed(Image.effect_noise((64, 64), 90).convert("RGB"), kind)[:1500],  # type: ignore[misc]
            "is damaged: the file ends before the image is complete. Remove it, or put an undamaged copy in its place.",
        )
        for suffix, kind in ((".jpg", "JPEG"), (".png", "PNG"), (".bmp", "BMP"), (".tif", "TIFF"))
    },
    "scribbled.png": (
        lambda: (noisy := packed(Image.effect_noise((64, 64), 90), "PNG"))[:60] + b"scribble" * 50 + noisy[460:],
        "is damaged and cannot be decoded. Remove it, or put an undamaged copy in its place.",
    ),
    "signature.png": (
        lambda: b"\x89PNG\r\n\x1a\n",
        "is damaged and cannot be decoded. Remove it, or put an undamaged copy in its place.",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_a_sentence(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make, sentence = BAD[name]
    path = tmp_path / name
    path.write_bytes(make())
    for read in (images.read_image, lambda p: images.read_fitted(p, 8, 8, 3), lambda p: images.thumbnail(p, 8)):
        with pytest.raises(UserError) as caught:
            read(path)
        assert str(caught.value) == f"{path}: {sentence}"
    assert capfd.readouterr() == ("", "")


def test_no_file_and_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="there is no such file or folder"):
        images.read_image(tmp_path / "gone.png")
    with pytest.raises(UserError, match="is a folder, not a file"):
        images.read_image(tmp_path)

    def refuse(path: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(image_files, "open", refuse, raising=False)
    with pytest.raises(UserError, match=r"permission is denied\. Change its permissions"):
        images.read_image("secret.png")


@pytest.mark.parametrize("name", ["a b.png", "naïve 猫 🐈.png", "two\nlines.png", "quote'\"`$.PNG", b"latin\xe9.png"])
def test_any_name_can_be_read(name: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    try:
        path.write_bytes(packed(scene(), "PNG"))
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    assert np.array_equal(images.read_image(path), np.asarray(scene()))
    path.write_bytes(b"nonsense")
    with pytest.raises(UserError) as caught:
        images.read_image(path)
    assert str(caught.value).isprintable()


def test_odd_but_whole_files_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    data = packed(photo(64, 48), "JPEG")
    images.decode_bytes(data[:-2] + b"\0" * 30 + data[-2:])
    images.decode_bytes(packed(scene(), "PNG", icc_profile=b"junk" * 40))
    assert capfd.readouterr() == ("", "")


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\0", b"BM"]),
)
def test_any_bytes_are_an_image_or_a_sentence(data: bytes, start: bytes) -> None:
    sniff(start + data)
    try:
        image = images.decode_bytes(start + data, "it")
    except UserError as exc:
        assert exc.mend
    else:
        assert image.dtype == np.uint8
        assert image.ndim == 3


def grid(width: int, height: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_shrinking_averages_areas() -> None:
    image = grid(8, 6)
    expected = image.reshape(3, 2, 4, 2, 3).mean(axis=(1, 3))
    assert np.abs(images.fit_image(image, 4, 3, 3, "stretch") - expected).max() <= 0.51


def test_grey_is_luma() -> None:
    image = grid(9, 7)
    got = images.fit_image(image, 9, 7, 1)
    assert got.shape == (7, 9, 1)
    assert np.abs(got[..., 0] - image @ np.array([0.299, 0.587, 0.114])).max() <= 1
    assert np.array_equal(images.fit_image(got, 9, 7, 3), np.repeat(got, 3, axis=2))
    assert np.array_equal(images.fit_image(got[..., 0], 9, 7, 1), got)


def test_pad_keeps_proportions_and_adds_black() -> None:
    got = images.fit_image(np.full((10, 20, 3), 200, np.uint8), 10, 10, 3, "pad")
    assert (got[2:7] == 200).all()
    assert not got[:2].any()
    assert not got[8:].any()


def test_crop_keeps_the_middle() -> None:
    image = np.zeros((10, 30, 3), np.uint8)
    image[:, 10:20] = 255
    assert (images.fit_image(image, 10, 10, 3, "crop") == 255).all()


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.sampled_from(images.FITS),
    st.sampled_from([1, 3]),
)  # fmt: skip
def test_any_size_fits_any_size(wide: int, high: int, width: int, height: int, how: images.Fit, channels: int) -> None:
    out = np.full((height, width, channels), 7, np.uint8)
    got = images.fit_image(np.full((high, wide, 3), 90, np.uint8), width, height, channels, how, out=out)
    assert got is out
    assert set(np.unique(got)) <= ({0, 90} if how == "pad" else {90})
    assert 90 in got


def test_reduced_jpegs_look_as_full_ones() -> None:
    data = packed(photo(803, 601), "JPEG", quality=95)
    full = images.decode_bytes(data)
    for how in images.FITS:
        small = images.decode_fitted(data, 64, 48, 3, how)
        assert np.abs(small.astype(int) - images.fit_image(full, 64, 48, 3, how)).mean() < 2


def test_thumbnails_keep_proportions_and_never_enlarge(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    photo(400, 100).save(path)
    assert images.thumbnail(path, 96).shape == (24, 96, 3)
    assert images.thumbnail(path, 500).shape == (100, 400, 3)
    photo(400, 1).save(path)
    assert images.thumbnail(path, 96).shape == (1, 96, 3)


@pytest.mark.parametrize("before", [{}, {"QT_QPA_FONTDIR": "/fonts", "LD_LIBRARY_PATH": "/lib/mine"}])
def test_importing_leaves_the_environment_as_it_was(before: dict[str, str]) -> None:
    names = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")
    env = {name: value for name, value in os.environ.items() if name not in names} | before
    code = f"import os, guiapp.data.images; print({{n: os.environ.get(n) for n in {names!r}}})"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str({name: before.get(name) for name in names})
    assert done.stderr == ""
