"""Makes the checkout's `.venv`: chooses a Python, installs the project and its pins, and knows when that is done."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import syslibs

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
VERSIONS = ((3, 11), (3, 12), (3, 13))
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = VENV / "setup.stamp"
# Lies in .venv from the first step of an installation to its last: found later, it means an interrupted one.
UNFINISHED = VENV / "setup.unfinished"


class SetupError(Exception):
    """The set-up cannot go on; the text says what to do."""


def run(command: list[str], *, env: dict[str, str] | None = None) -> int:
    """Run `command` in the checkout and return its exit status; on Ctrl+C, let it end in its own way first."""
    interrupted = False
    with subprocess.Popen(command, cwd=ROOT, env=env) as process:
        while process.returncode is None:
            try:
                process.wait()
            except KeyboardInterrupt:
                # The terminal has interrupted the command too; it may still have to save what it was doing.
                interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return process.returncode


def output_of(command: list[str]) -> str | None:
    """Return what `command` prints, or None where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def version_of(python: str) -> tuple[int, int] | None:
    """Return (major, minor) of an interpreter, or None where it does not start."""
    printed = output_of([python, "-c", "import sys; print(sys.version_info[0], sys.version_info[1])"])
    parts = (printed or "").split()
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 else None


def on_path(major: int, minor: int) -> str | None:
    """Return the interpreter of a version that PATH, or the launcher of Windows, knows."""
    launcher = ["py", f"-{major}.{minor}", "-c", "import sys; print(sys.executable)"]
    return shutil.which(f"python{major}.{minor}") or (output_of(launcher) or "").strip() or None


def choose_python(
    current: tuple[int, int],
    executable: str,
    which: Callable[[int, int], str | None] = on_path,
    version: Callable[[str], tuple[int, int] | None] = version_of,
) -> str:
    """Return an interpreter that the project runs on: this one if it fits, else the first fitting one on PATH.

    Raises
    ------
    SetupError
        When there is none.
    """
    if current in VERSIONS:
        return executable
    for wanted in VERSIONS:
        found = which(*wanted)
        if found and version(found) == wanted:
            return found
    raise SetupError(
        f"Convnet Studio needs Python 3.11, 3.12 or 3.13 and this is {current[0]}.{current[1]}: "
        "install one of them and run the command again."
    )


def config_version(text: str) -> str:
    """Return the Python version that a `pyvenv.cfg` names, or an empty string."""
    entries = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    named = {key.strip(): value.strip() for key, value in entries.items()}
    return named.get("version", named.get("version_info", ""))


def venv_version(venv: Path = VENV) -> str:
    """Return the Python version of the environment `venv`; empty where it is absent, cut short or unfitting."""
    python = venv / PYTHON.relative_to(VENV)
    if not python.exists() or (venv / UNFINISHED.name).exists():
        return ""
    try:
        version = config_version((venv / "pyvenv.cfg").read_text(encoding="utf-8"))
    except OSError:
        return ""
    fits = any(version.startswith(f"{major}.{minor}.") for major, minor in VERSIONS)
    return version if fits else ""


def stamp(version: str, files: Iterable[Path], root: Path = ROOT) -> str:
    """Return the fingerprint of a set-up: what would be installed, for which Python, and where."""
    digest = hashlib.sha256(f"{version}\n{root}\n".encode())
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def current_stamp() -> str:
    """Return the fingerprint that a finished set-up of this checkout has now."""
    return stamp(venv_version(), (ROOT / "pyproject.toml", CONSTRAINTS))


def is_ready() -> bool:
    """Say whether `.venv` is what the project asks for."""
    return bool(venv_version()) and STAMP.is_file() and STAMP.read_text(encoding="utf-8") == current_stamp()


def uv_options(pip_config: str, environment: dict[str, str]) -> list[str]:
    """Translate what `pip config list` prints into options of uv, which does not read pip's settings.

    Settings of uv itself, in `environment`, win.
    """
    if any(name.startswith("UV_") and "INDEX" in name for name in environment):
        return []
    options: list[str] = []
    for line in pip_config.splitlines():
        key, _, value = line.partition("=")
        name = key.rpartition(".")[2]
        if name in {"index-url", "extra-index-url", "find-links"}:
            for item in str(ast.literal_eval(value)).split():
                pair = [f"--{name}", item]
                options += [] if pair[1] in options else pair
        elif name == "no-index" and ast.literal_eval(value).lower() in {"1", "true", "yes", "on"}:
            options.append("--no-index")
    # pip takes the best version of all indexes; uv by default looks no further than the first that knows the name.
    return [*options, "--index-strategy", "unsafe-best-match"] if options else []


def _has_ensurepip(python: str) -> bool:
    if python == sys.executable:
        return importlib.util.find_spec("ensurepip") is not None
    return output_of([python, "-c", "import ensurepip"]) is not None


def _make_venv(python: str, uv: str | None) -> None:
    if VENV.exists():
        print("Making .venv anew.", flush=True)
        shutil.rmtree(VENV)
    print(f"Making .venv with {python}", flush=True)
    major_minor = version_of(python) or (3, 0)
    package = f"python{major_minor[0]}.{major_minor[1]}-venv"
    if not _has_ensurepip(python) and not uv and syslibs.has_apt() and syslibs.is_root():
        syslibs.apt_install([package])
    if _has_ensurepip(python):
        done = run([python, "-m", "venv", str(VENV)]) == 0
    elif uv:
        done = run([uv, "venv", "--quiet", "--python", python, str(VENV)]) == 0
    else:
        # Debian's Python without its venv package still makes an environment; its pip then installs one into it.
        bare = run([python, "-m", "venv", "--without-pip", str(VENV)]) == 0
        done = bare and run([python, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]) == 0
    if not done:
        shutil.rmtree(VENV, ignore_errors=True)
        hint = f" Run: {syslibs.apt_command([package], root=syslibs.is_root())}" if syslibs.has_apt() else ""
        raise SetupError(f"Python could not make the environment {VENV}.{hint}")


def _install(python: str, uv: str | None) -> None:
    what = ["--constraint", str(CONSTRAINTS), "--editable", ".[dev]"]
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    print("Installing the project and its pinned dependencies (about 3 GB on disk; takes some minutes).", flush=True)
    if uv:
        extra = uv_options(output_of([python, "-m", "pip", "config", "list"]) or "", dict(os.environ))
        if run([uv, "pip", "install", *quiet, "--python", str(PYTHON), *extra, *what]) == 0:
            return
        print("uv could not install everything; trying pip.", flush=True)
        if output_of([str(PYTHON), "-m", "pip", "--version"]) is None:
            run([str(PYTHON), "-m", "ensurepip", "--default-pip"])
    if run([str(PYTHON), "-m", "pip", "install", *quiet, *what]):
        raise SetupError("The dependencies could not be installed; see the lines above, then run the command again.")


def compile_bytecode(*places: Path) -> None:
    """Compile the Python files under `places`; with PYTHONDONTWRITEBYTECODE set, each start would do it again."""
    # -qq and no look at the status: some packages ship templates and tests that are not meant to compile.
    run([str(PYTHON), "-m", "compileall", "-qq", "-j", "0", *map(str, places)])


def site_packages() -> Path:
    """Return the folder that `.venv` keeps its packages in."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path((output_of([str(PYTHON), "-c", code]) or "").strip() or VENV)


def ensure() -> bool:
    """Make `.venv` what the project asks for; return whether anything had to be done.

    Raises
    ------
    SetupError
        When there is no fitting Python, or it or the dependencies cannot be installed.
    """
    if is_ready():
        return False
    uv = shutil.which("uv")
    STAMP.unlink(missing_ok=True)
    if not venv_version() or version_of(str(PYTHON)) is None:
        python = choose_python(sys.version_info[:2], sys.executable)
        _make_venv(python, uv)
    else:
        python = str(PYTHON)
    UNFINISHED.touch()
    _install(python, uv)
    print("Compiling bytecode.", flush=True)
    compile_bytecode(site_packages(), ROOT / "guiapp")
    UNFINISHED.unlink()
    STAMP.write_text(current_stamp(), encoding="utf-8")
    return True


def pins(installed: Iterable[tuple[str, str]]) -> str:
    """Return the text of a constraints file: an exact version of each of the packages `installed` (name, version)."""
    names = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in installed}
    lines = [f"{name}=={version}\n" for name, version in sorted(names.items()) if name not in {"pip", "convnet-studio"}]
    return "# Exact versions that the checks run with; written by `packaging/dev.py pins`.\n" + "".join(lines)


def installed() -> list[tuple[str, str]]:
    """Return name and version of every package in `.venv`."""
    code = "import importlib.metadata as m; [print(d.metadata['Name'], d.version) for d in m.distributions()]"
    pairs = [line.split() for line in (output_of([str(PYTHON), "-I", "-c", code]) or "").splitlines()]
    return [(name, version) for name, version in pairs]
