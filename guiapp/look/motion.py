"""How long things may move: 120 ms, or not at all where the system asks for reduced motion."""

from __future__ import annotations

import configparser
import os
import plistlib
import sys
from functools import cache
from pathlib import Path

MOTION_MS = 120


def _windows_still() -> bool:
    if sys.platform == "win32":
        import ctypes

        animated = ctypes.c_int(1)
        client_area_animation = 0x1042
        ctypes.windll.user32.SystemParametersInfoW(client_area_animation, 0, ctypes.byref(animated), 0)
        return not animated.value
    return False


def _mac_still(home: Path) -> bool:
    try:
        with open(home / "Library/Preferences/com.apple.universalaccess.plist", "rb") as file:
            return bool(plistlib.load(file).get("reduceMotion", False))
    except (OSError, ValueError, plistlib.InvalidFileException):
        return False


def _setting(path: Path, section: str, key: str) -> str:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
        return parser.get(section, key, fallback="")
    except (OSError, ValueError, configparser.Error):
        return ""


def _linux_still(config: Path) -> bool:
    gtk = _setting(config / "gtk-3.0/settings.ini", "Settings", "gtk-enable-animations").lower()
    kde = _setting(config / "kdeglobals", "KDE", "AnimationDurationFactor")
    return gtk in ("0", "false") or kde in ("0", "0.0")


@cache
def _system_asks_for_stillness() -> bool:
    if sys.platform == "win32":
        return _windows_still()
    if sys.platform == "darwin":
        return _mac_still(Path.home())
    return _linux_still(Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"))


def motion_ms() -> int:
    """Return how long a movement takes: 120, or 0 where reduced motion is asked for.

    ``CONVNET_STUDIO_REDUCED_MOTION=1`` asks for it, ``=0`` overrules the system's setting.
    """
    asked = os.environ.get("CONVNET_STUDIO_REDUCED_MOTION", "")
    still = asked != "0" if asked else _system_asks_for_stillness()
    return 0 if still else MOTION_MS
