"""The estimate of a training's memory against what a training takes: ``python tests/benchmarks/bench_memory.py``.

Each network is trained for some steps, on noise, in a process of its own; what counts is the most memory that this
process held, less what it held before the network was built. Below 50 MB TensorFlow's own buffers are all there is
to see, so that such cases are printed without a verdict.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.memory import needs, size_text
from guiapp.core.network import NetworkSpec
from guiapp.core.project import TrainingSettings

STEPS = 3
WITHIN = 1.5
SEEN = 50_000_000

CASES: tuple[tuple[str, int, str], ...] = (
    ("mnist-lenet", 128, "adam"),
    ("mnist-lenet", 2048, "adam"),
    ("mnist-lenet-bn", 2048, "adam"),
    ("fashion-3conv", 128, "adam"),
    ("fashion-3conv", 2048, "adam"),
    ("mnist-4conv-raw", 100, "sgd"),
    ("mnist-4conv-raw", 800, "sgd"),
    ("cats-dogs-3conv", 16, "adam"),
    ("cats-dogs-3conv", 256, "adam"),
    ("pets-4conv", 10, "adam"),
    ("pets-4conv", 40, "adam"),
    ("pets-4conv", 10, "sgd"),
    ("frozen MobileNetV2", 32, "adam"),
    ("last part of MobileNetV2", 32, "adam"),
    ("all of MobileNetV2", 16, "adam"),
    ("all of MobileNetV2", 64, "adam"),
    ("all of ResNet50", 16, "adam"),
    ("all of ResNet50", 16, "sgd"),
    ("all of EfficientNetB0", 16, "adam"),
    ("all of VGG16", 8, "adam"),
)
TRAINED = {"frozen": "frozen", "all of": "all", "last part of": "from layer"}


def network(name: str) -> NetworkSpec:
    """Return a template's network, or a backbone on images of 160×160 with a dense layer."""
    if name in templates.names():
        return templates.load(name).network
    how, _, backbone = name.rpartition(" ")
    fields: dict[str, Any] = {"backbone": backbone, "trained": TRAINED[how], "weights_from": "random"}
    from guiapp.core.layers.pretrained import Pretrained

    if how == "last part of":
        fields["first"] = Pretrained(**fields).last_stage
    layers = [
        {"kind": "Input", "name": "image", "height": 160, "width": 160, "scaling": "none"},
        {"kind": "Pretrained", "name": "backbone", "pooling": "average", "keep_norms": False, **fields},
        {"kind": "Dense", "name": "out", "units": 10, "activation": "linear"},
    ]
    return NetworkSpec.model_validate({"layers": layers})


def measure(name: str, batch: int, optimizer: str) -> None:
    """Train for some steps, and print how many bytes that took."""
    from guiapp.engine import backend, build

    spec = network(name)
    tiny = templates.load("starter").network
    _steps(build.build(tiny), 4, "adam", backend, build)
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    _steps(build.build(spec, seed=1), batch, optimizer, backend, build)
    print(json.dumps({"bytes": _resident("VmHWM") - before}))


def _steps(built: Any, batch: int, optimizer: str, backend: Any, build: Any) -> None:
    made = build.optimizer(TrainingSettings(optimizer=optimizer, batch=batch))
    made.build(built.model.trainable_variables)
    step, _ = backend.steps(built.model, made, from_logits=True)
    shape = built.model.inputs[0].shape[1:]
    classes = built.model.outputs[0].shape[-1]
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (batch, *shape), dtype=np.uint8)
    labels = random.integers(0, classes, batch).astype(np.int32)
    for _ in range(STEPS):
        step(images, labels).numpy()


def _resident(what: str) -> int:
    rows = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(rows[what].split()[0]) * 1024


def main() -> None:
    """Measure every case, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", nargs=3)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    if asked.case:
        measure(asked.case[0], int(asked.case[1]), asked.case[2])
        return
    off = []
    for name, batch, optimizer in CASES:
        if asked.only not in name:
            continue
        command = [sys.executable, __file__, "--case", name, str(batch), optimizer]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:26} batch {batch:5} {optimizer:5} failed: {done.stderr.strip().splitlines()[-1:]}")
            continue
        measured = json.loads(done.stdout.splitlines()[-1])["bytes"]
        found = needs(analyse(flat(network(name))), batch, optimizer)
        ratio = found.total / max(1, measured)
        said = "too small to tell" if measured < SEEN else f"ratio {ratio:.2f}"
        off.extend([name] if measured >= SEEN and not 1 / WITHIN <= ratio <= WITHIN else [])
        print(
            f"{name:26} batch {batch:5} {optimizer:5} estimate {size_text(found.total):>8} "
            f"(weights {size_text(found.weights)}, kept {size_text(found.activations)}, "
            f"working {size_text(found.working)})  measured {size_text(measured):>8}  {said}",
            flush=True,
        )
    print(f"{len(off)} off by more than a factor of {WITHIN}: {', '.join(off) or 'none'}")


if __name__ == "__main__":
    main()
