"""The parts of the set-up that decide: which Python, what is missing, whether anything is to be done."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import dev
import environment
import pytest
import syslibs

ROOT = Path(__file__).resolve().parents[2]


def test_a_fitting_python_is_taken_as_it_is() -> None:
    assert environment.choose_python((3, 12), "/usr/bin/python3") == "/usr/bin/python3"


def test_another_python_is_looked_for_and_tried() -> None:
    found = {(3, 11): "/shims/python3.11", (3, 12): "/usr/bin/python3.12"}
    starts = {"/usr/bin/python3.12": (3, 12)}
    chosen = environment.choose_python((3, 14), "python3", lambda *v: found.get(v), starts.get)
    assert chosen == "/usr/bin/python3.12"


def test_without_any_fitting_python_the_sentence_says_what_to_install() -> None:
    with pytest.raises(environment.SetupError, match=r"3\.11, 3\.12 or 3\.13 and this is 3\.9: install one"):
        environment.choose_python((3, 9), "python3", lambda *_: None)


def test_the_stamp_changes_with_everything_that_matters(tmp_path: Path) -> None:
    project, pins = tmp_path / "pyproject.toml", tmp_path / "constraints.txt"
    project.write_text("a")
    pins.write_text("b")
    first = environment.stamp("3.11.7", (project, pins), tmp_path)
    assert first == environment.stamp("3.11.7", (project, pins), tmp_path)
    others = {
        environment.stamp("3.12.1", (project, pins), tmp_path),
        environment.stamp("3.11.7", (project, pins), tmp_path / "moved"),
        environment.stamp("3.11.7", (pins, project), tmp_path),
    }
    pins.write_text("c")
    others.add(environment.stamp("3.11.7", (project, pins), tmp_path))
    assert len(others) == 4
    assert first not in others


@pytest.mark.parametrize(
    ("config", "version"),
    [
        ("home = /usr/bin\nversion = 3.11.7\n", "3.11.7"),
        ("home = /usr/bin\nuv = 0.8\nversion_info = 3.13.0\n", "3.13.0"),
        ("home = /usr/bin\nversion = 3.14.0\n", ""),
        ("home =", ""),
    ],
)
def test_the_environment_tells_its_python(tmp_path: Path, config: str, version: str) -> None:
    python = tmp_path / environment.PYTHON.relative_to(environment.VENV)
    python.parent.mkdir()
    assert environment.venv_version(tmp_path) == ""
    python.touch()
    assert environment.venv_version(tmp_path) == ""
    (tmp_path / "pyvenv.cfg").write_text(config)
    assert environment.venv_version(tmp_path) == version


def test_an_interrupted_installation_is_not_trusted(tmp_path: Path) -> None:
    python = tmp_path / environment.PYTHON.relative_to(environment.VENV)
    python.parent.mkdir()
    python.touch()
    (tmp_path / "pyvenv.cfg").write_text("version = 3.11.7\n")
    (tmp_path / environment.UNFINISHED.name).touch()
    assert environment.venv_version(tmp_path) == ""


def test_missing_libraries_become_the_exact_command() -> None:
    lacking = syslibs.missing(
        {**syslibs.OFFSCREEN, **syslibs.DISPLAY}, load=lambda name: name not in {"libEGL.so.1", "libxcb-cursor.so.0"}
    )
    assert lacking == {"libEGL.so.1": "libegl1", "libxcb-cursor.so.0": "libxcb-cursor0"}
    assert syslibs.mend(lacking, apt=True, dnf=False, root=False) == (
        "Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 libxcb-cursor0"
    )
    assert "sudo" not in syslibs.mend(lacking, apt=True, dnf=False, root=True)
    assert "'libEGL.so.1()(64bit)'" in syslibs.mend(lacking, apt=False, dnf=True, root=False)
    assert syslibs.mend(lacking, apt=False, dnf=False, root=False).endswith("libEGL.so.1, libxcb-cursor.so.0")


def test_a_library_that_is_not_there_does_not_load() -> None:
    assert not syslibs.loads("libno-such-library.so.7")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="system libraries are checked on Linux only")
def test_what_is_missing_for_another_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslibs, "is_root", lambda: False)
    monkeypatch.setattr(syslibs, "has_apt", lambda: True)
    monkeypatch.setattr(syslibs, "OFFSCREEN", {"libno-such-library.so.7": "libno-such-library7"})
    told = syslibs.ensure(display=False)
    assert "libno-such-library.so.7" in told
    assert told.endswith("sudo apt-get install -y --no-install-recommends libno-such-library7")
    monkeypatch.setattr(syslibs, "OFFSCREEN", {})
    assert syslibs.ensure(display=False) == ""


def test_exported_pins_are_names_and_versions_only() -> None:
    text = environment.pins(
        [("PySide6_Essentials", "6.11.3"), ("pip", "23.2"), ("convnet-studio", "0.1"), ("a.b", "1")]
    )
    assert text.splitlines()[1:] == ["a-b==1", "pyside6-essentials==6.11.3"]


def test_the_kept_pins_name_no_place() -> None:
    lines = environment.CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert len(pins) > 30
    assert not [line for line in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][A-Za-z0-9.!]*", line)]
    assert pins == sorted(pins, key=lambda line: line.partition("==")[0])
    assert "://" not in "".join(lines)


def test_settings_of_pip_reach_uv() -> None:
    config = (
        "global.index-url='http://mirror/simple'\nglobal.extra-index-url='file:///a\\nfile:///b'\n"
        ":env:.find-links='/wheels'\nglobal.timeout='60'\nglobal.find-links='/wheels'\n"
    )
    options = environment.uv_options(config, {})
    assert options == [
        *("--index-url", "http://mirror/simple", "--extra-index-url", "file:///a", "--extra-index-url", "file:///b"),
        *("--find-links", "/wheels", "--index-strategy", "unsafe-best-match"),
    ]
    assert environment.uv_options(config, {"UV_DEFAULT_INDEX": "http://other"}) == []
    assert environment.uv_options("", {}) == []


def test_arguments_of_test_reach_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def note(options: argparse.Namespace) -> int:
        seen.append(options.arguments)
        return 0

    monkeypatch.setattr(dev, "cmd_test", note)
    assert dev.main(["test", "-k", "a and b", "--lf"]) == 0
    assert seen == [["-k", "a and b", "--lf"]]
    assert dev.pytest_command(["-x"])[-1] == "-x"
    assert "-n" in dev.pytest_command([])


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["bench", "no-such"]) == 1
    assert "no-such" in capsys.readouterr().err


def test_without_a_display_run_says_so_and_demonstrates(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[tuple[str, ...]] = []

    def note(*arguments: str) -> int:
        started.append(arguments)
        return 0

    monkeypatch.setattr(dev, "setup", lambda: None)
    monkeypatch.setattr(dev, "guiapp", note)
    monkeypatch.setattr(dev, "has_display", lambda: False)
    assert dev.main(["run"]) == 0
    assert "no display" in capsys.readouterr().out
    monkeypatch.setattr(dev, "has_display", lambda: True)
    assert dev.main(["run"]) == 0
    assert dev.main(["run", "my pets.convnet"]) == 0
    assert started == [("demo",), (), (str(Path("my pets.convnet").resolve()),)]


def test_tests_run_without_a_screen_and_outside_the_persons_folders() -> None:
    with dev.test_environment() as env:
        assert env["QT_QPA_PLATFORM"] == "offscreen"
        folder = Path(env["CONVNET_STUDIO_DATA"]).parent
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sends the signal of Ctrl+C")
def test_an_interrupted_command_may_end_in_its_own_way(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    child = (
        "import os, pathlib, signal, sys, time\n"
        "try:\n"
        "    os.kill(os.getppid(), signal.SIGINT)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    time.sleep(0.5)\n"
        "    pathlib.Path(sys.argv[1]).touch()\n"
    )
    parent = (
        "import sys, environment\n"
        "try:\n"
        "    environment.run([sys.executable, '-c', sys.argv[1], sys.argv[2]])\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent, child, str(saved)], cwd=ROOT / "packaging", check=False, timeout=60
    )
    assert done.returncode == 130
    assert saved.exists()


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_pictures_are_drawn_on_a_virtual_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "has_display", lambda: False)
    monkeypatch.setattr(syslibs, "DISPLAY", {})
    with dev.screen() as env:
        number = env["DISPLAY"].removeprefix(":")
        assert env["QT_QPA_PLATFORM"] == "xcb"
        socket = Path("/tmp/.X11-unix") / f"X{number}"
        assert socket.exists()
    assert not socket.exists()


def test_help_needs_no_set_up() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "dev.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert all(verb in done.stdout for verb in dev.VERBS)
