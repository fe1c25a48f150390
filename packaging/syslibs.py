"""Which system libraries Qt needs on Linux, which of them are missing, and how to install them."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

OFFSCREEN = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""Shared library -> Debian package, for every use of Qt, even without a screen."""

DISPLAY = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Shared library -> Debian package, for windows on an X display."""


def loads(soname: str) -> bool:
    """Say whether the dynamic linker finds and loads the library `soname`."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def missing(wanted: dict[str, str], load: Callable[[str], bool] = loads) -> dict[str, str]:
    """Return the entries of `wanted` (library -> package) that cannot be loaded."""
    return {soname: package for soname, package in wanted.items() if not load(soname)}


def is_root() -> bool:
    """Say whether this process may install system packages."""
    return sys.platform != "win32" and os.geteuid() == 0


def has_apt() -> bool:
    """Say whether this is Debian, Ubuntu or a relative of theirs."""
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def apt_command(packages: Iterable[str], *, root: bool) -> str:
    """Return the command line that installs `packages` on Debian and Ubuntu."""
    sudo = "" if root else "sudo "
    names = " ".join(sorted(set(packages)))
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {names}"


def mend(lacking: dict[str, str], *, apt: bool, dnf: bool, root: bool) -> str:
    """Return the order that tells a person how to get the libraries in `lacking`."""
    if apt:
        return f"Run: {apt_command(lacking.values(), root=root)}"
    if dnf:
        sudo = "" if root else "sudo "
        return f"Run: {sudo}dnf install -y " + " ".join(f"'{soname}()(64bit)'" for soname in sorted(lacking))
    return "Install the packages of your system that provide: " + ", ".join(sorted(lacking))


def apt_install(packages: Iterable[str]) -> bool:
    """Install Debian packages as root, without questions; say whether that worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    names = sorted(set(packages))
    print(f"Installing system packages: {' '.join(names)}", flush=True)
    update = subprocess.run(["apt-get", "update", "-q"], env=environment, check=False)
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *names]
    return update.returncode == 0 and subprocess.run(install, env=environment, check=False).returncode == 0


def ensure(*, display: bool) -> str:
    """Install what Qt lacks where that is possible; return what is left to do, or an empty string.

    Parameters
    ----------
    display : bool
        Whether windows will open on an X display, which needs more than drawing without a screen does.
    """
    if not sys.platform.startswith("linux"):
        return ""
    wanted = {**OFFSCREEN, **DISPLAY} if display else OFFSCREEN
    lacking = missing(wanted)
    apt, root = has_apt(), is_root()
    if lacking and apt and root and apt_install(lacking.values()):
        lacking = missing(wanted)
    if not lacking:
        return ""
    dnf = shutil.which("dnf") is not None
    return f"Qt needs system libraries that are missing: {', '.join(sorted(lacking))}.\n" + mend(
        lacking, apt=apt, dnf=dnf, root=root
    )


def ensure_xvfb() -> str:
    """Install Xvfb and the libraries of X windows where possible; return what is lacking, or an empty string."""
    if not sys.platform.startswith("linux"):
        return ""
    lacking = set(missing(DISPLAY).values()) | (set() if shutil.which("Xvfb") else {"xvfb"})
    if lacking and has_apt() and is_root() and apt_install(lacking):
        return ""
    if not lacking:
        return ""
    how = f" To run them: {apt_command(lacking, root=is_root())}" if has_apt() else ""
    return f"Tests on a real X display are skipped: {', '.join(sorted(lacking))} missing.{how}"
