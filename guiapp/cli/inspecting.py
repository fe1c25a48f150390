"""Commands that ask a run: how good it is, what it predicts, what it sees."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from guiapp.cli import console
from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.messages import Evaluation, Prediction
from guiapp.core.notify import UserError, printable
from guiapp.core.runs import RunReader
from guiapp.data.image_files import refusal

LISTED = 20
"""How many layers a sentence names."""

SUFFIXES = {"keras": ".keras", "savedmodel": "", "tflite": ".tflite", "onnx": ".onnx", "python": ".py"}


def evaluate(arguments: Namespace) -> int:
    """Measure a run on images whose classes are known."""
    RunReader(arguments.run_folder)
    console.quiet_engine()
    from guiapp.engine.evaluate import evaluate as run_evaluate

    with console.progress() as progress:
        found = run_evaluate(arguments.run_folder, arguments.data, which=arguments.which, progress=progress)
    if arguments.json:
        console.out_json(
            {
                "loss": found.loss,
                "accuracy": found.accuracy,
                "classes": found.classes,
                "confusion": found.confusion,
                "images": found.images,
            }
        )
    else:
        _show(found)
    return 0


def _show(found: Evaluation) -> None:
    which = {"test": "test images", "validation": "validation images", "all": "images"}[found.split]
    console.out(f"{found.images:,} {which}: loss {found.loss:.4f}, accuracy {found.accuracy:.2%}")
    width = max(len(name) for name in found.classes)
    console.out("rows: true class; columns: predicted class, in the same order")
    for name, row in zip(found.classes, found.confusion, strict=True):
        console.out(f"{name.ljust(width)}  " + " ".join(f"{count:>6,}" for count in row))


def predict(arguments: Namespace) -> int:
    """Predict images; exit code 1 where any of them could not be read."""
    images, bad = 0, list[UserError]()
    for path, found in _asked(arguments):
        images += 1
        if arguments.json:
            console.out_json({"image": str(path), **_as_json(found)})
        elif isinstance(found, Prediction):
            console.out(f"{printable(path)}: {_in_words(found)}")
        if isinstance(found, UserError):
            bad.append(found)
    if images == 1 and bad:
        raise bad[0]
    if bad:
        if not arguments.json:
            for error in bad:
                console.say(error.sentence)
        raise UserError(
            f"{len(bad):,} of {images:,} images could not be predicted",
            mend="Replace or remove those that are named above",
        )
    return 0


def _asked(arguments: Namespace) -> Iterable[tuple[Path, Prediction | UserError]]:
    """Return what the network says, or why not; TensorFlow is loaded only where there may be something to read."""
    pinned = RunReader(arguments.run_folder).project().pinned
    refused = [(path, None if str(path) in pinned else refusal(path)) for path in arguments.images]
    if all(error is not None for _path, error in refused):
        return ((path, error) for path, error in refused if error is not None)
    console.quiet_engine()
    from guiapp.engine.predict import predict_paths

    return predict_paths(arguments.run_folder, arguments.images, top=arguments.top, which=arguments.which)


def _as_json(found: Prediction | UserError) -> dict[str, object]:
    if isinstance(found, UserError):
        return {"error": found.sentence}
    rows = zip(found.classes, found.probabilities, strict=True)
    return {"top": [{"class": name, "probability": probability} for name, probability in rows]}


def _in_words(found: Prediction) -> str:
    rows = zip(found.classes, found.probabilities, strict=True)
    return ", ".join(f"{name} {probability:.1%}" for name, probability in rows)


def maps(arguments: Namespace) -> int:
    """Draw the feature maps of a layer for an image."""
    check_suffix(arguments.out, ".png")
    _known_layer(arguments)
    console.quiet_engine()
    from guiapp.engine.live import load_run
    from guiapp.engine.predict import fitted_image
    from guiapp.visuals.plots import maps_png

    network = load_run(arguments.run_folder, step=arguments.step, which=arguments.which)
    image = fitted_image(network, arguments.image)
    found = network.outputs(image[None], [arguments.layer])[arguments.layer][0]
    arrays = found.transpose(2, 0, 1) if found.ndim == 3 else found[:, None, None]
    title = f"{arguments.layer} · step {network.step:,} · {arguments.image.name}"
    maps_png(arrays, arguments.out, title=title, colormap=arguments.colormap)
    console.out(f"{arguments.out}: {len(arrays):,} maps of {arrays.shape[1]} × {arrays.shape[2]}")
    return 0


def _known_layer(arguments: Namespace) -> None:
    """Raise where the run has no such layer, before anything heavy is imported."""
    rows = analyse(flat(RunReader(arguments.run_folder).project().network)).rows
    names = [row.layer.name for row in rows if row.layer.enabled]
    if arguments.layer not in names:
        inside = [name for name in names if name.startswith(f"{arguments.layer}_")]  # where it is a block
        near = inside or names
        more = f" or {len(near) - LISTED:,} more" if len(near) > LISTED else ""
        listed = f"{', '.join(near[:LISTED])}{more}"
        raise UserError(f"the run has no layer “{arguments.layer}”", where="--layer", mend=f"Choose one of {listed}")


def check_suffix(out: Path, wanted: str) -> None:
    """Raise a `UserError` where the name of what is to be written does not end as it should."""
    if wanted and out.suffix.lower() != wanted:
        found = f"ends in {out.suffix}" if out.suffix else "has no suffix"
        raise UserError(f"{found}, not in {wanted}", where=out, mend=f"Let its name end in {wanted}")


def animate(arguments: Namespace) -> int:
    """Write the animation of a layer."""
    from guiapp.visuals.animate import render
    from guiapp.visuals.options import Options

    options = Options(
        layer=arguments.layer,
        what=arguments.what,
        pin=arguments.image,
        channel=arguments.channel,
        fps=arguments.fps,
        max_frames=arguments.frames,
        enlarge=arguments.enlarge,
        caption=not arguments.no_caption,
        loop=not arguments.no_loop,
        begin_with_image=arguments.begin_with_image,
    )
    given = {name: getattr(arguments, name) for name in ("colormap", "scale")}
    options = replace(options, **{name: value for name, value in given.items() if value is not None})
    with console.progress() as progress:
        made = render(
            RunReader(arguments.run_folder),
            options,
            arguments.out,
            lambda done, total: progress("Drawing", done, total),
        )
    width, height = made.size
    console.out(f"{made.path}: {made.frames:,} frames of {width}×{height}, {made.nbytes / 1000:,.0f} kB")
    return 0


def export(arguments: Namespace) -> int:
    """Write a run's network for use elsewhere."""
    RunReader(arguments.run_folder)
    check_suffix(arguments.out, SUFFIXES[arguments.to])
    console.quiet_engine()
    from guiapp.engine.export import export as run_export

    with console.progress() as progress:
        path, *lists = run_export(
            arguments.run_folder, arguments.to, arguments.out, which=arguments.which, progress=progress
        )
    console.out(f"{path}: written, read again, and compared with the run's network")
    for path in lists:
        console.out(f"{path}: the images that the script trains on, with their classes and splits")
    return 0
