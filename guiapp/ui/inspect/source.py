"""Where the maps of an image come from: the run's store for pinned images, the engine for others."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from guiapp.core.layers import Layer
from guiapp.core.messages import ComputeView
from guiapp.core.notify import UserError, as_user_error
from guiapp.core.runs import RunReader
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import Bytes
from guiapp.ui.predict.images import Source
from guiapp.ui.predict.single import found
from guiapp.ui.predict.slot import Slot
from guiapp.ui.services import Services
from guiapp.visuals.filters.compute import layers_with_filters
from guiapp.visuals.live import Array
from guiapp.visuals.maps.compute import Floats, recorded_layers
from guiapp.visuals.reading import Maps, from_arrays, read_kernel, read_maps

THUMBS_AFTER_MS = 80
"""Thumbnails of all layers wait until the timeline rests; the chosen layer does not."""


@dataclass(frozen=True)
class Shown:
    """The maps of one layer for one image at one step.

    Attributes
    ----------
    layer : str
        Whose output.
    step : int
        At which step.
    maps : Maps
        The maps.
    kernel : float32 array, shape (kh, kw, cin, cout), or None
        What made them, where it is a recorded convolution.
    """

    layer: str
    step: int
    maps: Maps
    kernel: Floats | None


def read_shown(run: RunReader, step: int, layer: str, pin: int, filters: Layer | None) -> Shown:
    """Read the maps of a pinned image, and the filters that made them, where the layer has some; waits for the disk.

    Raises
    ------
    UserError
        When they were not recorded.
    """
    maps = read_maps(run, step, layer, pin)
    if maps is None:
        raise UserError(
            f"has no maps of this image at step {step:,}", where=layer, mend="Move the timeline to another snapshot"
        )
    return Shown(layer, step, maps, _kernel(run, step, filters))


def _kernel(run: RunReader, step: int, layer: Layer | None) -> Floats | None:
    return None if layer is None else read_kernel(run, step, layer)


def first_lively(maps: Maps) -> tuple[Bytes, Floats]:
    """Return the first map that is not all of one value (else the first), (h, w) uint8, and its range (1, 2)."""
    spans = maps.ranges[:, 1] > maps.ranges[:, 0]
    at = int(spans.argmax()) if spans.any() else 0
    return maps.maps[at], maps.ranges[at : at + 1]


def read_thumbs(run: RunReader, step: int, layers: tuple[str, ...], pin: int) -> dict[str, Maps]:
    """Read the maps of a pinned image for several layers; those that were not recorded are left out."""
    read = {layer: read_maps(run, step, layer, pin) for layer in layers}
    return {layer: maps for layer, maps in read.items() if maps is not None}


def asked_of(services: Services) -> tuple[str | None, int | None]:
    """Return run and step as requests name them: (None, None) is the network in training as it is now."""
    view, training = services.view, services.training
    assert view.run is not None
    folder = str(view.run.folder)
    step = None if view.live else view.step
    return (None if step is None and training.active and training.run == folder else folder), step


class MapSource(QObject):
    """Follows the view context and one image, and hands over maps; newer questions supersede older ones.

    Signals
    -------
    shown(Shown)
        The maps of the chosen layer.
    thumbs(dict)
        `Maps` by layer, of all layers.
    failed(UserError)
        Why there are no maps.
    """

    shown = Signal(object)
    thumbs = Signal(object)
    failed = Signal(object)

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services, self._view = services, services.view
        self._jobs = Jobs(self)
        self._one, self._all = Slot(services.engine), Slot(services.engine)
        self._image: int | Source | None = None
        self._timer = QTimer(self, singleShot=True, interval=THUMBS_AFTER_MS)
        self._timer.timeout.connect(self._ask_thumbs)
        self.active = False

    @property
    def image(self) -> int | Source | None:
        """The number of a pinned image of the run, another image, or None."""
        return self._image

    def set_image(self, image: int | Source | None) -> None:
        """Look at another image."""
        if image != self._image:
            self._image = image
            self.refresh()

    def refresh(self) -> None:
        """Ask anew, as after the step has changed; nothing while the page is not shown."""
        if self.active:
            self._ask_one()
            self._timer.start()

    def refresh_layer(self) -> None:
        """Ask for the chosen layer alone."""
        if self.active:
            self._ask_one()

    def _ask_one(self) -> None:
        run, step, layer, analysis = self._view.run, self._view.step, self._view.layer, self._view.analysis
        image = self._image
        self._one.drop()
        self._jobs.cancel("one")
        if run is None or step is None or layer is None or analysis is None or image is None:
            return
        filters = next(
            (row.layer for row in analysis.rows if row.layer.name == layer and layer in layers_with_filters(analysis)),
            None,
        )
        if isinstance(image, int):
            self._jobs.run(
                lambda: read_shown(run, step, layer, image, filters),
                done=self.shown.emit,
                failed=self._job_failed,
                key="one",
            )
            return

        def done(arrays: dict[str, Array]) -> None:
            maps = found(arrays, layer)
            self._jobs.run(
                lambda: Shown(layer, step, maps, _kernel(run, step, filters)),
                done=self.shown.emit,
                failed=self._job_failed,
                key="one",
            )

        self._one.ask(lambda number: self._view_of(number, image, {"layer": layer}), done, self._refused)

    def _ask_thumbs(self) -> None:
        run, step, analysis, image = self._view.run, self._view.step, self._view.analysis, self._image
        self._all.drop()
        if run is None or step is None or analysis is None or image is None or not self.active:
            return
        layers = recorded_layers(analysis)
        if isinstance(image, int):
            self._jobs.run(
                read_thumbs,
                run,
                step,
                layers,
                image,
                done=self.thumbs.emit,
                # The layer that is looked at says what is wrong.
                failed=lambda exc: None,
                key="thumbs",
            )
            return

        def done(arrays: dict[str, Array]) -> None:
            self.thumbs.emit(
                {
                    layer: from_arrays(arrays[f"{layer}/0"], arrays.get(f"{layer}/0/range"))
                    for layer in layers
                    if f"{layer}/0" in arrays
                }
            )

        self._all.ask(lambda number: self._view_of(number, image, {}), done, lambda error: None)

    def _view_of(self, number: int, image: Source, options: dict[str, str]) -> ComputeView:
        run, step = asked_of(self._services)
        return ComputeView(number, "maps", image, run, step, options)

    def _job_failed(self, exc: BaseException) -> None:
        self.failed.emit(as_user_error(exc, doing="reading the maps"))

    def _refused(self, error: UserError) -> None:
        if error.what:
            self.failed.emit(error)
