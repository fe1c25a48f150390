"""Packed archives: what they hold, what is refused and in which words, and that nothing is left half done."""

from __future__ import annotations

import errno
import gzip
import io
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from guiapp.core.locks import Lock
from guiapp.core.notify import Cancelled, UserError
from guiapp.data import archives
from guiapp.data.archives import Why, look_into, names, unpack, unpacking
from guiapp.data.archives.entry import refuse_bomb

Rows = list[tuple[str, bytes]]
ROWS: Rows = [
    ("pets/cat/1.png", b"one"),
    ("pets/cat/2.PNG", b"two!"),
    ("pets/dog/1.jpg", b""),
    ("pets/notes.txt", b"x"),
]


def write_zip(path: Path, rows: Rows, packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in rows:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=packing)
    return path


def write_tar(path: Path, rows: Rows, mode: str = "w", extra: list[tarfile.TarInfo] | None = None) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in rows:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in extra or []:
            archive.addfile(info)
    return path


def special(name: str, kind: bytes, to: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def files_in(folder: Path) -> dict[str, bytes]:
    found = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != unpacking.MARKER)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


WRITERS: dict[str, Callable[[Path, Rows], Path]] = {
    "zip": write_zip,
    "tar": write_tar,
    "tar.gz": lambda path, rows: write_tar(path, rows, "w:gz"),
    "tar.bz2": lambda path, rows: write_tar(path, rows, "w:bz2"),
    "tar.xz": lambda path, rows: write_tar(path, rows, "w:xz"),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_what_an_archive_holds_is_said_and_then_unpacked(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path / f"pets.{kind}", ROWS)
    before = sorted(tmp_path.iterdir())
    contents = look_into(path)
    assert sorted(tmp_path.iterdir()) == before
    assert (contents.kind, contents.files, contents.nbytes, contents.images) == (kind, 4, 8, 3)
    assert contents.top == ("pets/",)
    assert contents.passed_over == ""
    folder = unpack(path, tmp_path / "out" / "pets")
    assert folder == tmp_path / "out" / "pets" / "pets"
    assert files_in(folder) == {name.removeprefix("pets/"): data for name, data in ROWS}
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["pets"]


OUTSIDE = [
    "../evil.png",
    "a/../../evil.png",
    "/etc/evil.png",
    "C:/evil.png",
    "c:evil.png",
    "..\\evil.png",
    "\\evil.png",
]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_outside_refuses_the_whole_archive(tmp_path: Path, kind: str, name: str) -> None:
    path = WRITERS[kind](tmp_path / f"x.{kind}", [("a/1.png", b"fine"), (name, b"evil")])
    for act in (look_into, lambda p: unpack(p, tmp_path / "out")):
        with pytest.raises(UserError) as caught:
            act(path)
        assert str(caught.value) == (
            f"{path}: holds a name that leads outside its own folder (“{name}”), so that nothing is "
            "unpacked. Use it only if you trust where it is from, and unpack it with another program."
        )
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_links_devices_and_impossible_names_are_passed_over_and_counted(tmp_path: Path) -> None:
    rows: Rows = [
        ("a/1.png", b"1"),
        ("a/1.PNG", b"differs only in case"),
        ("a/1.png", b"twice"),
        ("a/1.png/inside.png", b"a folder where a file is"),
        ("a/con.png", b""),
        ("a/LPT1", b""),
        ("a/dot.", b""),
        ("a/b\\c.png", b""),
        ("a/new\nline.png", b""),
        ("a/" + "x" * 256, b""),
        ("/".join(["long" * 50] * 6), b""),
        ("__MACOSX/a/._1.png", b""),
        ("a/.DS_Store", b""),
    ]
    extra = [
        special("a/link.png", tarfile.SYMTYPE, "/etc/passwd"),
        special("a/hard.png", tarfile.LNKTYPE, "a/1.png"),
        special("a/pipe", tarfile.FIFOTYPE),
        special("a/disk", tarfile.BLKTYPE),
    ]
    path = write_tar(tmp_path / "x.tar", rows, extra=extra)
    contents = look_into(path)
    assert contents.files == 1
    assert dict(contents.passed) == {
        Why.TWICE: 3,
        Why.RESERVED: 3,
        Why.SIGNS: 2,
        Why.LONG: 2,
        Why.LINK: 2,
        Why.SPECIAL: 2,
    }
    assert contents.passed_over.startswith("Passed over: 3 names that are there twice, or differ only")
    assert "2 links, 2 devices and other special files." in contents.passed_over
    assert files_in(unpack(path, tmp_path / "out")) == {"1.png": b"1"}


def test_a_link_in_a_zip_is_passed_over(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a/link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a/1.png", b"1")
    assert look_into(tmp_path / "x.zip").passed_over == "Passed over: 1 link."
    assert files_in(unpack(tmp_path / "x.zip", tmp_path / "out")) == {"1.png": b"1"}


@pytest.mark.parametrize("name", ["what?.png", "a:b.png", "x<y.png"])
def test_signs_that_only_windows_refuses_are_refused_only_there(name: str) -> None:
    assert names.refusal(name, windows=False) is None
    assert names.refusal(name, windows=True) is Why.RESERVED


def test_only_links_is_nothing_to_unpack(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "x.tar", [], extra=[special("l", tarfile.SYMTYPE, "x")])
    with pytest.raises(UserError, match=r"holds no files that can be unpacked. Passed over: 1 link."):
        look_into(path)


def test_ten_gigabytes_of_zeros_in_a_zip_are_refused_from_its_directory(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "bomb.zip", [(f"{i}.png", b"\0" * 1000) for i in range(10)])
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\1\2")
    while at >= 0:
        data[at + 24 : at + 28] = struct.pack("<I", 1_000_000_000)
        at = data.find(b"PK\1\2", at + 4)
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        look_into(path)
    assert str(caught.value) == (
        f"{path}: unpacks to more than 200 times its size (10.0 GB). Do not use it: it was made to fill the disk."
    )


def test_a_packed_tar_of_zeros_is_refused_while_it_is_counted(tmp_path: Path) -> None:
    class Zeros(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    path = tmp_path / "bomb.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("zeros.bmp")
        info.size = 130_000_000
        archive.addfile(info, Zeros())
    with pytest.raises(UserError, match="more than 200 times its size"):
        look_into(path)
    with pytest.raises(UserError, match="more than 200 times its size"):
        unpack(path, tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["bomb.tar.gz"]


def test_small_archives_may_shrink_as_they_like() -> None:
    refuse_bomb(Path("x"), 99_000_000, 10)
    refuse_bomb(Path("x"), 10_000_000_000, 60_000_000)
    with pytest.raises(UserError):
        refuse_bomb(Path("x"), 10_000_000_000, 40_000_000)


@pytest.mark.parametrize("said", [5, 5000])
def test_a_zip_that_lies_about_a_size_is_damaged(tmp_path: Path, said: int) -> None:
    path = write_zip(tmp_path / "x.zip", [("a.png", b"0123456789" * 20)])
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<I", said)
    path.write_bytes(data)
    with pytest.raises(UserError, match="is damaged or cut short"):
        unpack(path, tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


@pytest.mark.parametrize("kind", WRITERS)
def test_a_truncated_archive_is_said_to_be_damaged(tmp_path: Path, kind: str) -> None:
    noise = random.Random(1).randbytes(40_000)
    path = WRITERS[kind](tmp_path / f"x.{kind}", [("a.png", noise), ("b.png", noise)])
    path.write_bytes(path.read_bytes()[:30_000])
    with pytest.raises(UserError, match="is damaged or cut short") as caught:
        look_into(path)
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).endswith("Download or copy it again.")


@pytest.mark.parametrize("seed", range(4))
def test_archives_damaged_at_random_are_refused_in_words_or_read(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    for number in range(60):
        kind = rng.choice(sorted(WRITERS))
        path = WRITERS[kind](tmp_path / f"{number}.{kind}", ROWS)
        data = bytearray(path.read_bytes())
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice((1, 8))] = bytes([rng.randrange(256)])
        path.write_bytes(data)
        try:
            unpack(path, tmp_path / "out" / str(number))
        except UserError as exc:
            assert exc.mend
        assert [p.name for p in tmp_path.iterdir() if p.name != "out"] == [path.name]
        path.unlink()


def test_a_tar_with_a_broken_header_in_the_midst_is_damaged(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "x.tar", [("a.png", b"a"), ("b.png", b"b")])
    data = bytearray(path.read_bytes())
    data[1024:1030] = b"broken"
    path.write_bytes(data)
    with pytest.raises(UserError, match="is damaged"):
        look_into(path)


def test_a_tar_whose_header_claims_gigabytes_takes_no_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 4_000_000_000
    path = tmp_path / "x.tar"
    path.write_bytes(info.tobuf(tarfile.USTAR_FORMAT) + bytes(4096))
    with pytest.raises(UserError, match="is damaged or cut short"):
        look_into(path)


def test_a_password_and_unknown_packings_are_said(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", [("a.png", b"a")])
    plain = path.read_bytes()
    at = plain.find(b"PK\1\2")
    path.write_bytes(plain[: at + 8] + b"\1" + plain[at + 9 :])
    with pytest.raises(UserError, match=r"is protected by a password. Unpack it with another program"):
        look_into(path)
    for number, word in ((9, "deflate64"), (14, "lzma"), (77, "number 77")):
        path.write_bytes(plain[: at + 10] + bytes([number]) + plain[at + 11 :])
        with pytest.raises(UserError, match=rf"is packed in a way that is not read \({word}\)"):
            look_into(path)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.7z", b"7z\xbc\xaf\x27\x1c....", "is an archive of the kind 7z, which is not read"),
        ("x.rar", b"Rar!....", "is an archive of the kind RAR, which is not read"),
        ("x.zip", b"", "the file is empty"),
        ("x.zip", b"PK\3\4 and no more", "its directory at the end is missing"),
        ("x.tar", b"not a tar" * 100, "is damaged or cut short"),
        ("x.tar.gz", b"hello, this is text", "is not an archive that can be read"),
        ("x.tar.gz", gzip.compress(b"no tar inside" * 100, mtime=0), "is damaged or cut short"),
    ],
)
def test_what_is_no_archive_is_said(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=words):
        look_into(tmp_path / name)


def test_too_many_entries_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zip(tmp_path / "x.zip", [("a.png", b"a")])
    data = path.read_bytes()
    end = data.rfind(b"PK\5\6")
    path.write_bytes(data[: end + 10] + struct.pack("<HI", 0xFFFE, 0xFFFFFF00) + data[end + 16 :])
    with pytest.raises(UserError, match="holds more than 2,000,000 entries"):
        look_into(path)
    monkeypatch.setattr("guiapp.data.archives.reading.MOST_ENTRIES", 2)
    with pytest.raises(UserError, match="entries"):
        look_into(write_tar(tmp_path / "y.tar", [("a", b""), ("b", b""), ("c", b"")]))


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "free_bytes", lambda _folder: 10_000)
    path = write_zip(tmp_path / "x.zip", ROWS)
    with pytest.raises(UserError, match=r"there is not enough room: 0.05 GB are needed and 0.00 GB are free"):
        unpack(path, tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(entry: object, target: Path) -> None:
        raise OSError(errno.ENOSPC, "full", str(target))

    monkeypatch.setattr(unpacking, "_write", full)
    with pytest.raises(OSError, match="full"):
        unpack(write_zip(tmp_path / "x.zip", ROWS), tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "x.tar", ROWS)
    asked: list[str] = []

    def cancel() -> bool:
        return "Unpacking" in asked

    with pytest.raises(Cancelled):
        unpack(path, tmp_path / "out", lambda text, _done, _total: asked.append(text), cancel)
    assert [p.name for p in tmp_path.iterdir()] == ["x.tar"]


def test_what_a_killed_process_left_is_removed_by_the_next_try(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "x.tar", ROWS)
    left = tmp_path / ".unpacking-out" / "files"
    left.mkdir(parents=True)
    (left / "half.png").write_bytes(b"half")
    unpack(path, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "x.tar"]
    assert "half.png" not in str(files_in(tmp_path / "out"))


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "x.tar", ROWS)
    (tmp_path / ".unpacking-out").mkdir()
    lock = Lock(tmp_path / ".unpacking-out" / "lock")
    with pytest.raises(UserError, match="is just being filled"):
        unpack(path, tmp_path / "out")
    lock.release()
    assert unpack(path, tmp_path / "out").is_dir()


def test_what_is_there_already_is_never_written_over(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "x.tar", ROWS)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match=r"is there already. Choose another folder"):
        unpack(path, tmp_path / "out")
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


def test_the_same_archive_is_known_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    path = write_tar(tmp_path / "pets.tar.gz", ROWS, "w:gz")
    place = archives.free_place(path)
    assert place == tmp_path / "data" / "datasets" / "pets"
    assert archives.unpacked_before(path, place) is None
    folder = unpack(path, place)
    assert archives.unpacked_before(path, place) == folder
    monkeypatch.setattr(unpacking, "look_into", None)
    assert unpack(path, place) == folder
    assert archives.free_place(path) == place
    path.write_bytes(path.read_bytes() + b"\0")
    assert archives.unpacked_before(path, place) is None
    assert archives.free_place(path) == tmp_path / "data" / "datasets" / "pets-2"


@pytest.mark.parametrize(
    ("inside", "opened"),
    [
        (["train/a/1.png", "trainLabels.csv"], "."),
        (["PetImages/Cat/1.jpg", "PetImages/Dog/2.jpg", "readme[1].txt", "CDLA-Permissive-2.0.pdf"], "PetImages"),
        (["x/cifar-10-batches-py/data_batch_1", "x/cifar-10-batches-py/readme.html"], "x/cifar-10-batches-py"),
        (["images/1.jpg", "annotations/list.txt"], "."),
        (["a/1.png", "b.png"], "."),
        (["a/1.png", ".hidden", "__MACOSX/x"], "a"),
    ],
)
def test_a_single_folder_is_stepped_into(tmp_path: Path, inside: list[str], opened: str) -> None:
    for name in inside:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert archives.folder_to_open(tmp_path) == tmp_path / opened


def test_an_archive_inside_stays_packed(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", ROWS)
    path = write_zip(tmp_path / "x.zip", [("a/inner.zip", inner.read_bytes()), ("a/1.png", b"")])
    assert look_into(path).archives == 1
    assert set(files_in(unpack(path, tmp_path / "out"))) == {"inner.zip", "1.png"}


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a.zip", True),
        ("a.TAR.GZ", True),
        ("a.tgz", True),
        ("a.rar", True),
        ("t10k-images-idx3-ubyte.gz", False),
        ("a", False),
    ],
)
def test_archives_are_known_by_their_names(tmp_path: Path, name: str, is_one: bool) -> None:
    (tmp_path / name).write_bytes(b"")
    assert archives.is_archive(tmp_path / name) is is_one
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    assert not archives.is_archive(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "folder"),
    [("a b.tar.gz", "a b"), (".zip", "zip"), ("x?y.zip", "x y"), ("a.tbz2", "a"), ("...tar", "images")],
)
def test_the_folder_is_called_as_the_archive(name: str, folder: str) -> None:
    assert archives.name_of(Path(name)) == folder
