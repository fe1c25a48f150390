"""Images that must be fetched or unpacked before they can be opened."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from guiapp.cli import console
from guiapp.core.notify import printable
from guiapp.data import archives
from guiapp.data.catalogue import CATALOGUE, Known, find
from guiapp.look.sizes import size_words


def get(arguments: Namespace) -> int:
    """Download a dataset and write its folder; without a name, list those that can be had."""
    if arguments.name is None:
        _list()
        return 0
    from guiapp.data.downloads import download, downloaded

    known = find(arguments.name)
    out: Path = arguments.out or known.place()
    if downloaded(known, out) is None:
        console.say(f"{known.title}: {size_words(known.nbytes)} from the web, licence: {known.licence}; goes to {out}")
    with console.progress() as progress:
        folder = download(known, out, _in_kilobytes(progress))
    console.out(printable(folder))
    return 0


def _list() -> None:
    width = max(len(known.name) for known in CATALOGUE)
    for known in CATALOGUE:
        console.out(
            f"{known.name:{width}}  {known.images:>6,} images  {known.class_count:>2} classes  "
            f"{size_words(known.nbytes):>7}  {known.licence}"
        )
        console.out(f"{'':{width}}  {_there(known) or known.text}")


def _there(known: Known) -> str:
    from guiapp.data.downloads import downloaded

    folder = downloaded(known, known.place())
    return f"is there already: {printable(folder)}" if folder is not None else ""


def unpacked(path: Path) -> Path:
    """Return the folder of the images at `path`: itself, or where an archive has been unpacked."""
    if not archives.is_archive(path) or not path.exists():
        return path
    place = archives.free_place(path)
    before = archives.unpacked_before(path, place)
    if before is not None:
        console.say(f"{printable(path.name)} is unpacked already: {printable(before)}")
        return before
    with console.progress() as progress:
        contents = archives.look_into(path, _in_kilobytes(progress))
        count, noun = (contents.images, "image") if contents.images else (contents.files, "file")
        what = f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
        line = f"{printable(path.name)}: {what}, {size_words(contents.nbytes)}, unpacked into {printable(place)}"
        console.say(f"{line}. {contents.passed_over}" if contents.passed else line)
        return archives.unpack(path, place, _in_kilobytes(progress))


def _in_kilobytes(progress: console.Progress) -> console.Progress:
    return lambda text, done, total: progress(f"{text} (kB)", done, total)
