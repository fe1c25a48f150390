"""Sets the project up, runs it and checks it: `python3 packaging/dev.py run`. Needs only Python itself."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import environment
import syslibs
from environment import PYTHON, ROOT, SetupError

BENCHMARKS = ROOT / "tests" / "benchmarks"
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
NO_TESTS_COLLECTED = 5


def has_display() -> bool:
    """Say whether a window can be shown."""
    return not sys.platform.startswith("linux") or any(os.environ.get(v) for v in ("DISPLAY", "WAYLAND_DISPLAY"))


def setup(*, display: bool | None = None) -> None:
    """Install what the program needs, from the system and into `.venv`, unless it is there.

    Raises
    ------
    SetupError
        With what the person has to do first.
    """
    left = syslibs.ensure(display=has_display() if display is None else display)
    if left:
        raise SetupError(left)
    if environment.ensure():
        print("Set-up done.", flush=True)


def guiapp(*arguments: str, env: dict[str, str] | None = None) -> int:
    """Run the program with `arguments`."""
    environment.compile_bytecode(ROOT / "guiapp")
    return environment.run([str(PYTHON), "-m", "guiapp", *arguments], env=env)


def cmd_setup(_: argparse.Namespace) -> int:
    """Make .venv and install everything into it."""
    setup()
    print("Ready: python3 packaging/dev.py run")
    return 0


def cmd_run(options: argparse.Namespace) -> int:
    """Open the window; with no display, run the demo instead."""
    setup()
    if has_display():
        # The program runs in the checkout, whatever folder the person is in.
        return guiapp(*([str(Path(options.project).resolve())] if options.project else []))
    print("There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): running the demo instead.", flush=True)
    return guiapp("demo")


@contextmanager
def test_environment() -> Iterator[dict[str, str]]:
    """Give the environment variables of a test run: no screen, and none of the person's own folders."""
    with tempfile.TemporaryDirectory(prefix="convnet-studio-test-", ignore_cleanup_errors=True) as folder:
        places = {
            f"CONVNET_STUDIO_{name}": str(Path(folder, name.lower())) for name in ("DATA", "CACHE", "CONFIG", "LOG")
        }
        yield {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen", "TF_CPP_MIN_LOG_LEVEL": "3"}


def stage(name: str, command: list[str], env: dict[str, str]) -> int:
    """Run one check and print its name, outcome and seconds."""
    begun = time.perf_counter()
    status = environment.run(command, env=env)
    print(f"{name}: {'ok' if status == 0 else f'failed ({status})'} in {time.perf_counter() - begun:.1f} s", flush=True)
    return status


def pytest_command(arguments: list[str]) -> list[str]:
    """Return the command that runs the tests: all of them on two processes, or just what `arguments` ask for."""
    spread = [] if arguments else ["-n", "2", "--dist", "loadfile"]
    return [str(PYTHON), "-m", "pytest", "-q", *spread, *arguments]


def cmd_test(options: argparse.Namespace) -> int:
    """Run linters, types, import contracts and tests; further arguments go to pytest."""
    setup()
    note = syslibs.ensure_xvfb()
    python = str(PYTHON)
    checks = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy"],
        "import contracts": [python, "-c", LINT_IMPORTS, "--no-logo"],
    }
    with test_environment() as env:
        for name, command in checks.items():
            status = stage(name, command, env)
            if status:
                return status
        if note:
            print(note)
        print("tests:", flush=True)
        # Nothing is printed after this: pytest's closing line, with its seconds, stays the last.
        return environment.run(pytest_command(options.arguments), env=env)


def benchmarks(names: list[str]) -> list[Path]:
    """Return the benchmark scripts called `names`, or all of them.

    Raises
    ------
    SetupError
        When there is no benchmark of one of the names.
    """
    scripts = {path.stem.removeprefix("bench_"): path for path in sorted(BENCHMARKS.glob("bench_*.py"))}
    unknown = [name for name in names if name not in scripts]
    if unknown:
        raise SetupError(f"There is no benchmark {', '.join(unknown)}: choose from {', '.join(scripts) or 'none yet'}.")
    return [scripts[name] for name in names or scripts]


def cmd_bench(options: argparse.Namespace) -> int:
    """Run the benchmarks, or those named."""
    scripts = benchmarks(options.names)
    setup()
    environment.compile_bytecode(ROOT / "guiapp")
    worst = 0
    for script in scripts:
        print(f"== {script.stem.removeprefix('bench_')}", flush=True)
        worst = max(
            worst, abs(environment.run([str(PYTHON), str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)}))
        )
    return worst


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """Give the environment variables of a screen to draw on: the person's own, a virtual one, or memory."""
    if has_display():
        yield dict(os.environ)
        return
    if shutil.which("Xvfb") is None or syslibs.missing(syslibs.DISPLAY):
        yield {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "2560x1440x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as pipe:
                number = pipe.readline().strip()
            if not number:
                raise SetupError("Xvfb did not start; run Xvfb by hand to see why.")
            yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        finally:
            server.terminate()


def cmd_shots(options: argparse.Namespace) -> int:
    """Draw every page of the real window into a folder of pictures."""
    setup()
    with screen() as env:
        return guiapp("shots", "--out", str(Path(options.out).resolve()), env=env)


def cmd_check(options: argparse.Namespace) -> int:
    """Run the opt-in checks: long tests, tests on real images, benchmarks."""
    if not options.long:
        return cmd_test(argparse.Namespace(arguments=[]))
    setup()
    with test_environment() as env:
        status = environment.run(pytest_command(["-m", "long or data"]), env=env)
    status = 0 if status == NO_TESTS_COLLECTED else status
    return status or cmd_bench(argparse.Namespace(names=[]))


def cmd_pins(_: argparse.Namespace) -> int:
    """Write the versions installed in .venv to packaging/constraints.txt."""
    if not environment.venv_version():
        raise SetupError("There is no finished .venv: run `python3 packaging/dev.py setup` first.")
    environment.CONSTRAINTS.write_text(environment.pins(environment.installed()), encoding="utf-8")
    print(f"Wrote {environment.CONSTRAINTS.relative_to(ROOT)}")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(prog="dev.py", description="Sets Convnet Studio up, runs it and checks it.")
    verbs = top.add_subparsers(required=True, metavar="VERB")
    for name, function in VERBS.items():
        text = (function.__doc__ or "").rstrip(".")
        verb = verbs.add_parser(name, help=text, description=text)
        verb.set_defaults(function=function)
        if name == "run":
            verb.add_argument("project", nargs="?", metavar="PROJECT", help="a project to open")
        elif name == "test":
            verb.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="arguments for pytest")
        elif name == "bench":
            verb.add_argument("names", nargs="*", metavar="NAME", help="benchmarks, such as startup")
        elif name == "shots":
            verb.add_argument("--out", default="shots", metavar="DIR", help="folder for the pictures (default: shots)")
        elif name == "check":
            verb.add_argument("--long", action="store_true", help="the opt-in checks, which take long")
    return top


VERBS = {
    "setup": cmd_setup,
    "run": cmd_run,
    "test": cmd_test,
    "bench": cmd_bench,
    "shots": cmd_shots,
    "check": cmd_check,
    "pins": cmd_pins,
}


def main(argv: list[str] | None = None) -> int:
    """Run one verb and return the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["test"] and arguments[1:2] not in (["-h"], ["--help"]):
        # argparse would take pytest's options for its own.
        options = argparse.Namespace(function=cmd_test, arguments=arguments[1:])
    else:
        options = parser().parse_args(arguments)
    try:
        status: int = options.function(options)
    except SetupError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
