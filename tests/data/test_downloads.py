"""Downloads, from a server on loopback that stalls, breaks off, lies and serves wrong bytes."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import random
import socket
import ssl
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from guiapp.core.notify import Cancelled, UserError
from guiapp.data import archives
from guiapp.data.catalogue import CATALOGUE, File, Known, find
from guiapp.data.downloads import begun, download, downloaded
from guiapp.data.fetching import fetch
from guiapp.data.web import Pace
from tests.data.loopback import (
    Behaviour,
    Web,
    answers,
    begins_elsewhere,
    breaks_off_at,
    ignores_range,
    redirects_to,
    says_length,
    sends_too_much,
    serving,
    silent,
    stalls_at,
)

ROOT = Path(__file__).resolve().parents[2]
DATA = random.Random(7).randbytes(300_000)
QUICK = Pace(connect_s=2, read_s=0.3, tries=3, pause_s=0.01, longest_pause_s=0.02)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


def file_of(*urls: str, data: bytes = DATA, name: str = "file.bin", archive: bool = False) -> File:
    return File(name, urls, len(data), hashlib.sha256(data).hexdigest(), archive)


def get(file: File, folder: Path, seen: list[int] | None = None) -> bytes:
    return fetch(file, folder, (seen if seen is not None else []).append, lambda: False, QUICK).read_bytes()


def test_a_file_comes_whole_and_is_not_asked_for_twice(web: Web, tmp_path: Path) -> None:
    file = file_of(web.put("/f", DATA))
    seen: list[int] = []
    assert get(file, tmp_path, seen) == DATA
    assert seen == sorted(seen)
    assert seen[-1] == len(DATA)
    assert [p.name for p in tmp_path.iterdir()] == ["file.bin"]
    assert get(file, tmp_path) == DATA
    assert len(web.asked) == 1


@pytest.mark.parametrize("behaviour", [breaks_off_at(100_000), stalls_at(100_000)])
def test_what_breaks_off_or_stalls_goes_on_from_its_byte(web: Web, tmp_path: Path, behaviour: Behaviour) -> None:
    file = file_of(web.put("/f", DATA, behaviour))
    assert get(file, tmp_path) == DATA
    assert len(web.asked) == 2
    start = int(web.asked[1].range.removeprefix("bytes=").removesuffix("-"))
    assert 0 < start <= 100_000
    assert web.asked[1].if_range == '"v1"'
    assert web.asked[1].sent == len(DATA) - start


def test_a_file_that_changed_meanwhile_is_begun_afresh(web: Web, tmp_path: Path) -> None:
    file = file_of(web.put("/f", DATA, breaks_off_at(100_000, '"v0"')))
    assert get(file, tmp_path) == DATA
    assert web.asked[1].if_range == '"v0"'
    assert web.asked[1].sent == len(DATA)


@pytest.mark.parametrize("second", [ignores_range, begins_elsewhere, answers(416)])
def test_a_server_that_cannot_go_on_is_asked_for_all(web: Web, tmp_path: Path, second: Behaviour) -> None:
    assert get(file_of(web.put("/f", DATA, breaks_off_at(100_000), second)), tmp_path) == DATA


def test_another_place_goes_on_with_what_the_first_sent(web: Web, tmp_path: Path) -> None:
    first = web.put("/a", DATA, breaks_off_at(200_000), answers(404))
    second = web.put("/b", DATA)
    assert get(file_of(first, second), tmp_path) == DATA
    assert web.asked[-1].path == "/b"
    assert 0 < web.asked[-1].sent <= 132_768


def test_a_redirection_is_followed(web: Web, tmp_path: Path) -> None:
    there = web.put("/there", DATA)
    assert get(file_of(web.put("/here", b"", redirects_to(there))), tmp_path) == DATA


def test_an_overloaded_server_is_asked_again(web: Web, tmp_path: Path) -> None:
    assert get(file_of(web.put("/f", DATA, answers(503), answers(429))), tmp_path) == DATA
    assert len(web.asked) == 3


WRONG: list[tuple[str, list[Behaviour], str]] = [
    ("missing", [answers(404)], "is not to be had at {host} any more (error 404)"),
    ("forbidden", [answers(403)], "is not to be had at {host} any more (error 403)"),
    ("broken", [answers(500)] * 3, "{host} cannot answer now (error 500)"),
    ("a page instead", [answers(200)], "{host} has something else in its place (6 bytes, not 300,000)"),
    ("says less", [says_length(299_000)], "{host} has something else in its place (299,000 bytes, not 300,000)"),
    ("says more", [says_length(400_000)], "{host} has something else in its place (400,000 bytes, not 300,000)"),
    ("sends more", [sends_too_much], "{host} sent more than the file should hold"),
    ("never answers", [silent] * 3, "{host} does not answer"),
    ("stalls at once", [stalls_at(0)] * 3, "{host} does not answer"),
    ("ends at once", [breaks_off_at(0)] * 3, "the connection to {host} broke off"),
]


@pytest.mark.parametrize(("behaviours", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_said_in_one_sentence(
    web: Web, tmp_path: Path, behaviours: list[Behaviour], words: str
) -> None:
    file = file_of(web.put("/f", DATA, *behaviours))
    with pytest.raises(UserError) as caught:
        get(file, tmp_path)
    host = web.url.removeprefix("http://")
    assert str(caught.value) == (
        f"file.bin: {words.format(host=host)}. Try again later: what was downloaded rightly is kept."
    )


def test_wrong_bytes_are_thrown_away(web: Web, tmp_path: Path) -> None:
    wrong = bytes([DATA[0] ^ 1]) + DATA[1:]
    file = replace(file_of(web.put("/f", wrong)), sha256=hashlib.sha256(DATA).hexdigest())
    with pytest.raises(UserError, match=r"came damaged from .*: its checksum is wrong, and it was thrown away"):
        get(file, tmp_path)
    assert list(tmp_path.iterdir()) == []
    web.put("/f", DATA)
    assert get(file, tmp_path) == DATA


def test_wrong_bytes_of_one_place_are_made_good_by_another(web: Web, tmp_path: Path) -> None:
    file = file_of(web.put("/a", DATA[::-1]), web.put("/b", DATA))
    assert get(file, tmp_path) == DATA


def test_without_a_network_the_sentence_is_plain_and_quick(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(UserError, match=r"cannot be reached; is this computer connected to the internet\?"):
            get(file_of(f"http://127.0.0.1:{port}/f", "http://no-such-host.invalid/f"), tmp_path)
    assert time.monotonic() - began < 5


def test_a_connection_that_is_not_safe_is_said(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsafe(*_: Any, **__: Any) -> None:
        raise requests.exceptions.SSLError(ssl.SSLCertVerificationError("expired"))

    monkeypatch.setattr(requests.Session, "get", unsafe)
    with pytest.raises(UserError, match=r"a safe connection to .* could not be made; is this computer's clock right\?"):
        get(file_of(web.url), tmp_path)


def test_a_full_disk_is_said_with_its_folder(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("guiapp.data.fetching._Part.note", full)
    with pytest.raises(OSError, match="No space left") as caught:
        get(file_of(web.put("/f", DATA)), tmp_path)
    assert caught.value.filename == str(tmp_path)


@pytest.mark.parametrize("behaviour", [silent, stalls_at(0), stalls_at(100_000)])
def test_cancelling_never_waits_for_a_server_that_stalls(web: Web, tmp_path: Path, behaviour: Behaviour) -> None:
    file = file_of(web.put("/f", DATA, behaviour))
    asked = threading.Event()
    took: list[float] = []

    def work() -> None:
        with pytest.raises(Cancelled):
            fetch(file, tmp_path, lambda _done: None, asked.is_set, Pace(read_s=60))
        took.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    while not web.asked:
        thread.join(0.01)
    asked.set()
    began = time.monotonic()
    thread.join(5)
    assert took[0] - began < 0.5


def test_cancelling_does_not_wait_for_the_pause_before_the_next_try(web: Web, tmp_path: Path) -> None:
    file = file_of(web.put("/f", DATA, *[answers(503)] * 9))
    began = time.monotonic()
    with pytest.raises(Cancelled):
        fetch(file, tmp_path, lambda _: None, lambda: bool(web.asked), Pace(pause_s=60, longest_pause_s=60))
    assert time.monotonic() - began < 5


def test_a_process_killed_midway_is_gone_on_with_by_the_next(web: Web, tmp_path: Path) -> None:
    file = file_of(web.put("/f", DATA, stalls_at(200_000)))
    code = (
        "import sys, json; from pathlib import Path\n"
        "from guiapp.data.catalogue import File; from guiapp.data.fetching import fetch\n"
        "row = json.loads(sys.argv[1]); file = File(row[0], tuple(row[1]), row[2], row[3])\n"
        "fetch(file, Path(sys.argv[2]), lambda done: print(done, flush=True), lambda: False)"
    )
    row = json.dumps([file.name, file.urls, file.nbytes, file.sha256])
    child = subprocess.Popen(
        [sys.executable, "-c", code, row, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) > 150_000:
            break
    child.kill()
    child.wait()
    child.stdout.close()
    there = (tmp_path / "file.bin.part").stat().st_size
    assert there > 150_000
    assert get(file, tmp_path) == DATA
    assert web.asked[1].range == f"bytes={there}-"
    assert web.asked[1].sent == len(DATA) - there


@pytest.mark.parametrize("size", [len(DATA), len(DATA) + 5])
def test_a_part_that_is_whole_or_too_long_is_judged_by_its_checksum(web: Web, tmp_path: Path, size: int) -> None:
    (tmp_path / "file.bin.part").write_bytes((DATA + b"extra")[:size])
    assert get(file_of(web.put("/f", DATA)), tmp_path) == DATA
    assert len(web.asked) == (size > len(DATA))


# whole datasets --------------------------------------------------------------------------------


def tar_of(rows: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in rows.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def known(*files: File) -> Known:
    return Known("pets", "Pets", "Pets.", 1, "any", ("a",), 1, "none", "me", "http://x", files, 1000)


def test_two_archives_go_into_one_folder_and_are_thrown_away(web: Web, tmp_path: Path) -> None:
    images, notes = (
        tar_of({"images/a_1.jpg": b"jpg"}),
        tar_of({"annotations/list.txt": b"list", "annotations/._x": b""}),
    )
    pets = known(
        file_of(web.put("/i", images), data=images, name="images.tar.gz", archive=True),
        file_of(web.put("/n", notes), data=notes, name="annotations.tar.gz", archive=True),
    )
    told: list[tuple[str, int, int]] = []
    out = tmp_path / "datasets" / "pets"
    folder = download(pets, out, lambda *row: told.append(row), pace=QUICK)
    assert folder == out
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()) == [
        ".convnet-studio.json",
        "annotations/list.txt",
        "images/a_1.jpg",
    ]
    assert [p.name for p in out.parent.iterdir()] == ["pets"]
    assert {text for text, _done, _total in told} == {"Downloading", "Looking into the archive", "Unpacking"}
    assert downloaded(pets, out) == out
    assert download(pets, out) == out
    assert len(web.asked) == 2


def test_files_of_digits_stay_packed(web: Web, tmp_path: Path) -> None:
    data = gzip.compress(b"\0\0\x08\1\0\0\0\1\7")
    digits = known(file_of(web.put("/d", data), data=data, name="train-labels-idx1-ubyte.gz"))
    folder = download(digits, tmp_path / "digits", pace=QUICK)
    assert (folder / "train-labels-idx1-ubyte.gz").read_bytes() == data


def test_what_was_downloaded_is_kept_when_it_is_cancelled(web: Web, tmp_path: Path) -> None:
    data = tar_of({"a/1.png": DATA})
    pets = known(
        file_of(web.put("/one", DATA), name="one.bin"),
        file_of(web.put("/two", data, stalls_at(50_000)), data=data, name="two.tar.gz", archive=True),
    )
    out = tmp_path / "pets"
    assert begun(pets, out) == 0
    with pytest.raises(Cancelled):
        download(pets, out, cancel=lambda: begun(pets, out) >= len(DATA) + 32_000)
    assert [p.name for p in tmp_path.iterdir()] == [".downloading-pets"]
    assert begun(pets, out) >= len(DATA) + 32_000
    download(pets, out, pace=QUICK)
    assert [asked.path for asked in web.asked] == ["/one", "/two", "/two"]
    assert [p.name for p in tmp_path.iterdir()] == ["pets"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match=r"is there already, and holds something else. Choose another folder"):
        download(known(), tmp_path / "pets")


def test_too_little_room_is_said_before_the_network_is_asked(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives.unpacking, "free_bytes", lambda _folder: 10_000_000)
    with pytest.raises(UserError, match="there is not enough room"):
        download(known(file_of(web.put("/f", DATA))), tmp_path / "pets", pace=QUICK)
    assert web.asked == []


def test_two_downloads_of_one_dataset_do_not_disturb_each_other(web: Web, tmp_path: Path) -> None:
    pets = known(file_of(web.put("/f", DATA, stalls_at(0)), name="f.bin"))
    asked = threading.Event()

    def first() -> None:
        with pytest.raises(Cancelled):
            download(pets, tmp_path / "pets", cancel=asked.is_set)

    thread = threading.Thread(target=first)
    thread.start()
    while not web.asked:
        thread.join(0.01)
    with pytest.raises(UserError, match=r"Pets: is being downloaded already. Wait until that has ended"):
        download(pets, tmp_path / "pets", pace=QUICK)
    asked.set()
    thread.join()


def test_the_catalogue_is_sound() -> None:
    assert [entry.name for entry in CATALOGUE] == ["mnist", "fashion-mnist", "cifar-10", "oxford-pets", "cats-vs-dogs"]
    for entry in CATALOGUE:
        assert find(entry.name.upper()) is entry
        assert find(entry.title) is entry
        assert entry.text.endswith(".")
        assert len(entry.classes) <= entry.class_count
        for file in entry.files:
            assert len(file.sha256) == 64
            assert all(url.startswith("https://") for url in file.urls)
            assert file.archive == archives.is_archive(Path(file.name))
    assert find("oxford-pets").nbytes == 791_918_971 + 19_173_078
    with pytest.raises(UserError, match="Choose from mnist, fashion-mnist, cifar-10, oxford-pets, cats-vs-dogs"):
        find("imagenet")


def test_nothing_goes_online_by_itself() -> None:
    code = (
        "import sys, guiapp.data.opening, guiapp.data.archives, guiapp.engine.worker; print('requests' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "False"
