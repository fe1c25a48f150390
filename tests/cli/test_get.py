"""Datasets from the web and from archives, on the command line."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from guiapp.core import project as projects
from guiapp.data.catalogue import CATALOGUE, File, Known
from tests.data.loopback import Web, answers, serving

Cli = Callable[..., Any]


def packed_images() -> bytes:
    out, image = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (8, 8), (90, 20, 20)).save(image, "PNG")
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name in ("pets/cat/1.png", "pets/cat/2.png", "pets/dog/1.png", "pets/dog/2.png"):
            info = tarfile.TarInfo(name)
            info.size = len(image.getvalue())
            archive.addfile(info, io.BytesIO(image.getvalue()))
        link = tarfile.TarInfo("pets/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


@pytest.fixture
def pets(web: Web, monkeypatch: pytest.MonkeyPatch) -> Known:
    data = packed_images()
    file = File("pets.tar.gz", (web.put("/pets", data),), len(data), hashlib.sha256(data).hexdigest(), archive=True)
    known = Known("pets", "Pets", "Pets.", 4, "8 × 8", ("cat", "dog"), 2, "CC0", "me", "https://x", (file,), 1000)
    monkeypatch.setattr("guiapp.data.catalogue.CATALOGUE", (known,))
    monkeypatch.setattr("guiapp.cli.getting.CATALOGUE", (known,))
    return known


def test_without_a_name_all_are_listed_with_size_and_licence(cli: Cli) -> None:
    found = cli("get")
    assert found.code == 0
    assert found.err == ""
    for known in CATALOGUE:
        line = next(line for line in found.out.splitlines() if line.startswith(known.name + " "))
        assert f"{known.images:,} images" in line
        assert line.endswith(known.licence)
    assert "811 MB" in found.out


def test_a_name_that_is_not_known_is_said(cli: Cli) -> None:
    found = cli("get", "imagenet")
    assert found.code == 1
    assert found.complaint.endswith("Choose from mnist, fashion-mnist, cifar-10, oxford-pets, cats-vs-dogs.")


def test_a_dataset_is_downloaded_once_and_its_folder_written(cli: Cli, web: Web, pets: Known, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "datasets" / "pets" / "pets"
    found = cli("get", "pets")
    assert (found.code, found.out) == (0, f"{folder}\n")
    assert found.err == f"Pets: 0 kB from the web, licence: CC0; goes to {tmp_path / 'data' / 'datasets' / 'pets'}\n"
    assert (folder / "dog" / "2.png").is_file()
    again = cli("get", "PETS")
    assert (again.code, again.out, again.err) == (0, f"{folder}\n", "")
    assert len(web.asked) == 1
    assert f"is there already: {folder}" in cli("get").out


def test_another_folder_can_be_named(cli: Cli, pets: Known, tmp_path: Path) -> None:
    assert cli("get", "pets", "--out", tmp_path / "mine").out == f"{tmp_path / 'mine' / 'pets'}\n"


def test_what_is_not_there_is_one_sentence(cli: Cli, web: Web, pets: Known, tmp_path: Path) -> None:
    web.put("/pets", b"", answers(404))
    found = cli("get", "pets")
    assert found.code == 1
    assert "pets.tar.gz: is not to be had at 127.0.0.1" in found.err
    assert list((tmp_path / "data" / "datasets").iterdir()) == []


def test_new_unpacks_an_archive_and_says_where(cli: Cli, tmp_path: Path) -> None:
    archive = tmp_path / "my pets.tar.gz"
    archive.write_bytes(packed_images())
    project = tmp_path / "p.convnet"
    found = cli("new", "--template", "starter", "--data", archive, "--out", project)
    assert found.code == 0, found.err
    place = tmp_path / "data" / "datasets" / "my pets"
    assert found.err == f"my pets.tar.gz: 4 images, 0 kB, unpacked into {place}. Passed over: 1 link.\n"
    settings = projects.load(project).dataset
    assert settings is not None
    assert settings.path == str(place / "pets")
    again = cli("new", "--template", "starter", "--data", archive, "--out", project)
    assert again.err == f"my pets.tar.gz is unpacked already: {place / 'pets'}\n"


def test_new_says_what_is_wrong_with_an_archive(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\3\4 cut")
    found = cli("new", "--template", "starter", "--data", tmp_path / "x.zip", "--out", tmp_path / "p.convnet")
    assert found.code == 1
    assert "is damaged or cut short" in found.complaint
    missing = cli("new", "--template", "starter", "--data", tmp_path / "no.zip", "--out", tmp_path / "p.convnet")
    assert "the dataset is not there" in missing.complaint
