"""Packed archives (tar, plain or packed by gzip, bzip2 or xz, and zip), looked into and unpacked safely."""

from guiapp.data.archives.names import Why
from guiapp.data.archives.reading import OTHERS, SUFFIXES, Contents, is_archive, look_into
from guiapp.data.archives.unpacking import (
    building,
    check_room,
    datasets_dir,
    folder_to_open,
    free_bytes,
    free_place,
    is_free,
    mark,
    name_of,
    room_for,
    unpack,
    unpack_into,
    unpacked_before,
)

__all__ = [
    "OTHERS",
    "SUFFIXES",
    "Contents",
    "Why",
    "building",
    "check_room",
    "datasets_dir",
    "folder_to_open",
    "free_bytes",
    "free_place",
    "is_archive",
    "is_free",
    "look_into",
    "mark",
    "name_of",
    "room_for",
    "unpack",
    "unpack_into",
    "unpacked_before",
]
