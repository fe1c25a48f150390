"""A network that can be asked: the one in training between two steps, or one read from a run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.messages import Which
from guiapp.core.notify import UserError
from guiapp.core.runs import RunReader
from guiapp.engine import backend, checkpoint, memory
from guiapp.engine.build import Built, build, checked
from guiapp.engine.pretrained import changing
from guiapp.visuals.live import Array

OUTPUT_BYTES = 200_000_000
"""Images are asked in portions whose outputs stay below this."""

SHARED_BYTES = 256_000_000
"""How much of a network is kept while a snapshot is recorded."""

MODELS_KEPT = 8


class LiveModel:
    """A Keras model as a `guiapp.visuals.live.LiveNetwork`; used by one thread at a time.

    Attributes
    ----------
    spec, analysis
        Its layers, their shapes and costs.
    step : int
        The step its weights are from.
    class_names : tuple of str
        What its outputs mean.
    run : Path or None
        The folder of its run.
    """

    def __init__(self, built: Built, class_names: Sequence[str], step: int = 0, run: Path | None = None) -> None:
        self.built = built
        self.spec, self.analysis = built.spec, built.analysis
        self.class_names = tuple(class_names)
        self.step = step
        self.run = run
        self._functions: dict[tuple[str, ...], Any] = {}
        self._shared: dict[tuple[str, str], Array] | None = None

    @property
    def batch(self) -> int:
        """How many images are asked at once."""
        return int(np.clip(OUTPUT_BYTES // max(1, self.analysis.activations * 4), 1, 512))

    def weights(self, layer: str, only: Collection[str] | None = None) -> Mapping[str, Array]:
        """Return the layer's arrays by their names in Keras, float32; nothing for a layer without weights.

        Parameters
        ----------
        layer : str
            Its name.
        only : collection of str, optional
            The names of the arrays that are wanted; all when not given.

        Raises
        ------
        UserError
            When there is no such layer, or it is disabled.
        """
        held = self._variables(layer)
        return {name: self._array(layer, name, v) for name, v in held.items() if only is None or name in only}

    def weight_shapes(self, layer: str) -> Mapping[str, tuple[int, ...]]:
        """Return the shapes of `weights` without copying them."""
        return {name: tuple(v.shape) for name, v in self._variables(layer).items()}

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Copy each weight out of Keras only once within the block, in which the network must not change.

        Beyond `SHARED_BYTES` of them, further ones are copied each time.
        """
        self._shared = {}
        try:
            yield
        finally:
            self._shared = None

    def _variables(self, layer: str) -> Mapping[str, Any]:
        if layer not in self.built.outputs:
            raise UserError("the network has no such layer that is enabled", where=layer, mend="Choose another layer")
        return self.built.variables(layer)

    def _array(self, layer: str, name: str, variable: Any) -> Array:
        shared, key = self._shared, (layer, name)
        if shared is not None and key in shared:
            return shared[key]
        array = np.asarray(variable.numpy(), np.float32)
        if shared is not None and array.nbytes + sum(other.nbytes for other in shared.values()) <= SHARED_BYTES:
            shared[key] = array
        return array

    def outputs(self, images: Array, layers: Sequence[str]) -> Mapping[str, Array]:
        """Return what the named layers give out for uint8 `images` (N, H, W, C): float32, first axis N.

        Raises
        ------
        UserError
            When there is no such layer, or it is disabled.
        """
        if not layers:
            return {}
        return dict(zip(layers, self._ask(tuple(layers), images), strict=True))

    def probabilities(self, images: Array) -> Array:
        """Return the probabilities of the classes for uint8 `images` (N, H, W, C): float32 (N, classes)."""
        found: Array = self._ask((), images)[0]
        return found

    def _ask(self, layers: tuple[str, ...], images: Array) -> list[Array]:
        function = self._functions.get(layers)
        if function is None:
            function = self._function(layers)
            if len(self._functions) >= MODELS_KEPT:
                self._functions.pop(next(iter(self._functions)))
            self._functions[layers] = function
        pieces = [images[i : i + self.batch] for i in range(0, max(1, len(images)), self.batch)]
        answers = [[np.asarray(part, np.float32) for part in function(piece)] for piece in pieces]
        return [np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*answers, strict=True)]

    def _function(self, layers: tuple[str, ...]) -> Any:
        """Return a graph from images to what `layers` give out; without layers, to the probabilities."""
        keras = backend.keras()
        if not layers:
            model, softmax = self.built.model, not self.built.gives_probabilities

            def ask(images: Any) -> list[Any]:
                out = model(keras.ops.cast(images, "float32"), training=False)
                return [keras.ops.softmax(out) if softmax else out]
        else:
            maps = self.built.maps(layers)

            def ask(images: Any) -> list[Any]:
                found = maps(keras.ops.cast(images, "float32"), training=False)
                return list(found) if len(layers) > 1 else [found]

        return backend.traced(ask, ((None, *self.built.model.inputs[0].shape[1:]), "uint8"))


def load_run(run: Path | str, step: int | None = None, which: Which = "latest") -> LiveModel:
    """Return the network of a run.

    Parameters
    ----------
    run : Path or str
        The run's folder.
    step : int, optional
        The step whose weights are wanted; the checkpoint's when not given.
    which : {"latest", "best"}
        Which checkpoint, where `step` is not given.

    Raises
    ------
    UserError
        When it is no run, has no weights yet, no epoch has ended whose weights could be the best, or not all weights
        were recorded at `step`.
    """
    reader = RunReader(run)
    project = reader.project()
    classes = (project.dataset.classes if project.dataset else None) or ()
    memory.check(checked(project.network, len(classes) or None))
    path = reader.checkpoint(which if step is None else "latest")
    if path is None and step is None and which == "best":
        raise UserError("has no best checkpoint: no epoch has ended", where=run, mend="Use the latest, or train longer")
    stored = checkpoint.read(path) if path is not None else None
    recorded = None
    if stored is None or (step is not None and step != stored.progress.step):
        recorded = _recorded_step(reader, step, stored.progress.step if stored else None)
    built = build(project.network)
    names = classes or tuple(str(i) for i in range(built.model.outputs[0].shape[-1]))
    if recorded is not None:
        if stored is not None:
            stored.fill_model(built)
        _fill(built, reader, recorded)
        return LiveModel(built, names, recorded, Path(run))
    assert stored is not None
    stored.fill_model(built)
    return LiveModel(built, names, stored.progress.step, Path(run))


def _recorded_step(reader: RunReader, step: int | None, kept: int | None) -> int:
    """Return the step whose recorded weights are used.

    Raises
    ------
    UserError
        When not all weights were recorded, or none at that step; the nearest step that works is named.
    """
    recorded = reader.snapshots()
    rows = [row for row in analyse(flat(reader.project().network)).rows if row.layer.enabled]
    names = {f"{row.layer.name}/{name}" for row in rows for name in changing(row)}
    # What training does not change is in checkpoints alone.
    known = kept is not None or len(names) == sum(len(row.weights) for row in rows)
    whole = known and bool(recorded.size) and names <= set(reader.keys(int(recorded[0]), "weights"))
    if whole and step is None:
        return int(recorded[-1])
    if whole and step in recorded:
        return int(step)  # type: ignore[arg-type]
    if step is None:
        raise UserError("this run has no weights yet", where=reader.folder, mend="Train for some steps first")
    usable = sorted({*(map(int, recorded) if whole else ()), *([kept] if kept is not None else [])})
    if not usable:
        raise UserError("this run has no weights yet", where=reader.folder, mend="Train for some steps first")
    nearest = min(usable, key=lambda at: abs(at - step))
    why = "was not recorded" if whole else "cannot be computed again: for a network this large not all weights are kept"
    raise UserError(
        f"step {step:,} {why}", where=reader.folder, mend=f"Choose step {nearest:,}, the nearest that can be"
    )


def _fill(built: Built, reader: RunReader, step: int) -> None:
    for row in built.analysis.rows:
        held = built.variables(row.layer.name) if row.weights and row.layer.enabled else {}
        for name in changing(row):
            variable = held[name]
            array = reader.array(step, "weights", f"{row.layer.name}/{name}")
            if array is None or array.shape != tuple(variable.shape):
                raise UserError(f"step {step:,} is not whole", where=reader.folder, mend="Choose another step")
            variable.assign(array.astype(variable.dtype))
    built.refresh()
