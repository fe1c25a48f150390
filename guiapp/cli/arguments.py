"""The commands and their arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from guiapp import __version__
from guiapp.core import files

EPILOG = """\
With no command the window opens: convnet-studio [PROJECT].

exit codes: 0 done; 1 the input has a problem (one line on stderr says what, where and how to mend it);
2 wrong usage; 130 interrupted."""

COLORMAPS = ("viridis", "grey", "magma", "diverging")
"""The names of `guiapp.core.colormaps`, which takes NumPy to import; a test holds them equal."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="convnet-studio",
        description="Build convolutional networks, train them on a folder of images, and watch them learn.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, run: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        added.set_defaults(run=run)
        return added

    _projects(command)
    _training(command)
    _pictures(command)
    return top


Add = Callable[[str, str, str], argparse.ArgumentParser]
"""Adds a command: its name, the ``module:function`` that does it, and what it is for."""


def _json(added: argparse.ArgumentParser) -> None:
    added.add_argument("--json", action="store_true", help="one JSON object a line on stdout, and nothing else")


def _projects(command: Add) -> None:
    demo = command("demo", "demo:demo", "walk the whole path without a screen, on the sample images")
    demo.add_argument(
        "--out",
        type=Path,
        default=Path("convnet-studio-demo"),
        metavar="DIR",
        help="where to write (default: ./convnet-studio-demo)",
    )
    demo.add_argument("--epochs", type=_positive, default=4, metavar="N", help="how long to train (default: 4)")
    demo.add_argument("--no-shots", action="store_true", help="leave out the screenshots of the window")

    new = command("new", "making:new", "make a project from a template and your images")
    new.add_argument("--template", required=True, metavar="T", help=f"one of {', '.join(_template_names())}")
    new.add_argument(
        "--data",
        required=True,
        type=Path,
        metavar="PATH",
        help="the images: a folder or file of any kind that the window opens, or a zip or tar file, which is unpacked",
    )
    new.add_argument("--classes", metavar="A,B", help="only these classes; the order does not matter")
    new.add_argument("--size", type=_size, metavar="WxH", help="the size of the images that the network sees")
    new.add_argument(
        "--out", required=True, type=Path, metavar="P.convnet", help="the project file to write, or to replace"
    )

    get = command("get", "getting:get", "download a dataset, or list those that can be had")
    get.epilog = "What was downloaded is kept when it is interrupted, and gone on with the next time."
    get.add_argument("name", nargs="?", metavar="NAME", help="which one; without it they are listed")
    get.add_argument("--out", type=Path, metavar="DIR", help="the folder to make (default: in the user's data folder)")

    taken = command("import", "exchanging:import_network", "make a project of a network that Keras wrote")
    taken.epilog = (
        "Nothing in the file is run, and its weights are not read. What has no counterpart here is told; layers that "
        "cannot be taken over end the import, which names them all. An exported script can be changed and imported "
        "again, with its blocks."
    )
    taken.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="F.keras, F.json (what model.to_json() gives), a script F.py that builds a model, or another project",
    )
    taken.add_argument(
        "--leave-out",
        action="store_true",
        help="leave out layers that cannot be taken over; the layer below each then takes what it took",
    )
    taken.add_argument("--data", type=Path, metavar="PATH", help="the images, as for `new`")
    taken.add_argument(
        "--out", required=True, type=Path, metavar="P.convnet", help="the project file to write, or to replace"
    )

    check = command(
        "check", "making:check", "show a project's images, layers, shapes, parameters and cost, and its problems"
    )
    _project(check)
    _json(check)

    compare = command("compare", "comparing:run", "show what is different between two networks")
    names = ", ".join(_template_names())
    compare.epilog = f"A and B are project files, folders that `train` wrote, or templates: {names}."
    compare.add_argument("first", metavar="A", help="the one")
    compare.add_argument("second", metavar="B", help="the other; what is told is what became of A in it")
    compare.add_argument("--flat", action="store_true", help="compare blocks by the layers inside them")
    _json(compare)


def _training(command: Add) -> None:
    train = command("train", "training:train", "train a project")
    train.epilog = (
        "Ctrl+C ends training after the present step and keeps what was learned (exit code 130); "
        "a second one ends it at once. --resume goes on from there."
    )
    _project(train)
    train.add_argument("--epochs", type=_positive, metavar="N", help="instead of the project's number")
    train.add_argument("--steps", type=_positive, metavar="N", help="end after this many steps")
    train.add_argument("--seed", type=_whole, metavar="S", help="instead of the project's seed")
    place = train.add_mutually_exclusive_group()
    place.add_argument(
        "--out", type=Path, metavar="RUN", help="the run's folder (default: a new one in “runs” beside the project)"
    )
    place.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="go on from this run's latest checkpoint, with the project as it was when the run began; "
        "P.convnet only says where the images are now",
    )
    _json(train)

    evaluate = command("evaluate", "inspecting:evaluate", "measure a run on its test images, or on others")
    evaluate.epilog = "Where nothing was held back for testing, the validation images are used."
    _run(evaluate)
    evaluate.add_argument(
        "--data", type=Path, metavar="PATH", help="other images, whose classes are named as the run's"
    )
    _best(evaluate)
    _json(evaluate)

    predict = command("predict", "inspecting:predict", "predict the classes of images")
    predict.epilog = "The exit code is 1 where any image could not be read; the others are predicted all the same."
    _run(predict)
    predict.add_argument("images", nargs="+", type=Path, metavar="IMAGE_OR_FOLDER")
    predict.add_argument("--top", type=_positive, default=5, metavar="K", help="how many classes (default: 5)")
    _best(predict)
    _json(predict)


def _pictures(command: Add) -> None:
    maps = command("maps", "inspecting:maps", "draw the feature maps of a layer for an image")
    _run(maps)
    maps.add_argument("image", type=Path, metavar="IMAGE")
    _layer(maps)
    weights = maps.add_mutually_exclusive_group()
    weights.add_argument(
        "--step", type=_whole, metavar="N", help="the network as it was at this step (default: the last)"
    )
    _best(weights)
    maps.add_argument("--colormap", choices=COLORMAPS, default="viridis", help="default: viridis")
    maps.add_argument("--out", required=True, type=Path, metavar="F.png", help="the picture to write")

    animate = command("animate", "inspecting:animate", "write the evolving filters or feature maps of a layer")
    _run(animate)
    _layer(animate)
    animate.add_argument("--what", choices=("filters", "maps"), default="filters", help="default: filters")
    animate.add_argument("--image", type=_whole, default=0, metavar="N", help="which pinned image, from 0 (default: 0)")
    animate.add_argument("--channel", type=_whole, metavar="N", help="one filter or map alone, from 0, instead of all")
    animate.add_argument("--fps", type=_positive, default=12, metavar="N", help="frames a second (default: 12)")
    animate.add_argument("--frames", type=_positive, default=120, metavar="N", help="at most so many (default: 120)")
    animate.add_argument("--enlarge", type=_positive, metavar="N", help="each pixel becomes N×N (default: to fit)")
    animate.add_argument("--colormap", choices=COLORMAPS, help="for maps (default: viridis)")
    animate.add_argument(
        "--scale", choices=("fixed", "each"), help="one colour scale over all, or one a tile and frame"
    )
    animate.add_argument("--no-caption", action="store_true", help="leave out the step's number")
    animate.add_argument("--no-loop", action="store_true", help="play once")
    animate.add_argument("--begin-with-image", action="store_true", help="begin with the pinned image itself")
    animate.add_argument(
        "--out", required=True, type=Path, metavar="F.gif", help="F.gif, F.webp, F.png (APNG) or F.mp4"
    )

    export = command("export", "exchanging:export", "write a run's network, or a project's script, for use elsewhere")
    export.epilog = (
        "What was written is read again and compared with the run's network before it counts as done. "
        "A python script gets the list of the run's images beside it, as CSV. A project needs no run for --to python: "
        "the script builds its network, reads its images and trains as the project says."
    )
    export.add_argument(
        "run_folder", type=Path, metavar="RUN", help="a folder that `train` wrote, or for python a project file"
    )
    _best(export)
    export.add_argument("--to", required=True, choices=("keras", "savedmodel", "tflite", "onnx", "python"))
    export.add_argument(
        "--out", required=True, type=Path, metavar="PATH", help="the file, or for savedmodel the folder"
    )


def _project(added: argparse.ArgumentParser) -> None:
    added.add_argument("project", type=Path, metavar="P.convnet", help="a project file")


def _run(added: argparse.ArgumentParser) -> None:
    added.add_argument("run_folder", type=Path, metavar="RUN", help="a folder that `train` wrote")


def _best(added: argparse._ActionsContainer) -> None:
    added.add_argument(
        "--best",
        dest="which",
        action="store_const",
        const="best",
        default="latest",
        help="the checkpoint with the best validation accuracy instead of the last",
    )


def _layer(added: argparse.ArgumentParser) -> None:
    added.add_argument("--layer", required=True, metavar="NAME", help="the layer's name, as `check` shows it")


def _template_names() -> list[str]:
    # By the names of the files alone: what reads them takes longer to import than all of this.
    return sorted(path.stem for path in (files.resources_dir() / "templates").glob("*.json"))


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().replace("×", "x").partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"“{text}” is not a size; write width x height, as in 64x64")
    return int(width), int(height)


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 0 on")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number above 0")
    return int(text)
