"""One image and what the network says of it; who asks, and who follows a training."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from guiapp.core.messages import ComputeView, Predict, Prediction
from guiapp.core.notify import UserError
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.predict.images import Source
from guiapp.ui.predict.networks import Network
from guiapp.ui.predict.slot import Slot
from guiapp.visuals.live import Array
from guiapp.visuals.reading import Maps, from_arrays

FOLLOW_MS = 1000
"""How often at most a training is followed."""


class Asker(QObject):
    """Asks the engine about one image: classes, maps of a layer, and what mattered.

    Signals
    -------
    predicted(Prediction), mapped(Maps), heated(object)
        Answers; `heated` carries a float32 array (gh, gw).
    refused(UserError), unmapped(UserError), unheated(UserError)
        Why there is none; its `what` is empty when it was given up.
    """

    predicted = Signal(object)
    mapped = Signal(object)
    heated = Signal(object)
    refused = Signal(object)
    unmapped = Signal(object)
    unheated = Signal(object)

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prediction, self._maps, self._heat = (Slot(engine) for _ in range(3))
        self._source: Source | None = None
        self._network: Network | None = None
        self._layer = ""
        self._wants_heat = False
        self._again = False
        self._timer = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._timer.timeout.connect(self._follow_now)

    @property
    def source(self) -> Source | None:
        """The image that is asked about."""
        return self._source

    def ask(self, source: Source | None, network: Network | None) -> None:
        """Ask about another image, or another network; None stops."""
        self._source, self._network = source, network
        self._again = False
        for slot in (self._prediction, self._maps, self._heat):
            slot.drop()
        if source is not None and network is not None:
            self._ask_prediction()

    def set_layer(self, layer: str) -> None:
        """Ask for the maps of another layer."""
        self._layer = layer
        self._ask_maps()

    def set_heat(self, wanted: bool) -> None:
        """Ask for what mattered from now on, or no more."""
        self._wants_heat = wanted
        if wanted:
            self._ask_heat()
        else:
            self._heat.drop()

    def follow(self) -> None:
        """Ask again soon, since the network has learned more; at most once a second, and one question at a time."""
        if self._source is not None and self._network is not None and not self._timer.isActive():
            self._timer.start()

    def _follow_now(self) -> None:
        if self._prediction.busy or self._maps.busy or self._heat.busy:
            self._again = True
        elif self._source is not None:
            self._ask_prediction()

    def _settled(self) -> None:
        if self._again and not (self._prediction.busy or self._maps.busy or self._heat.busy):
            self._again = False
            self.follow()

    def _ask_prediction(self) -> None:
        source, network = self._source, self._network
        assert source is not None
        assert network is not None

        def done(prediction: Prediction) -> None:
            self.predicted.emit(prediction)
            self._ask_maps()
            if self._wants_heat:
                self._ask_heat()
            self._settled()

        def failed(error: UserError) -> None:
            self.refused.emit(error)
            self._settled()

        self._prediction.ask(lambda number: Predict(number, source, network.run), done, failed)

    def _ask_maps(self) -> None:
        source, network, layer = self._source, self._network, self._layer
        if source is None or network is None or not layer:
            return

        def done(arrays: dict[str, Array]) -> None:
            self.mapped.emit(found(arrays, layer))
            self._settled()

        def failed(error: UserError) -> None:
            self.unmapped.emit(error)
            self._settled()

        self._maps.ask(
            lambda number: ComputeView(number, "maps", source, network.run, None, {"layer": layer}), done, failed
        )

    def _ask_heat(self) -> None:
        source, network = self._source, self._network
        if source is None or network is None:
            return

        def done(arrays: dict[str, Array]) -> None:
            self.heated.emit(arrays["heat"])
            self._settled()

        def failed(error: UserError) -> None:
            self.unheated.emit(error)
            self._settled()

        self._heat.ask(lambda number: ComputeView(number, "heatmap", source, network.run), done, failed)


def found(arrays: dict[str, Array], layer: str) -> Maps:
    """Return the maps of a layer out of the answer for one image."""
    return from_arrays(arrays[f"{layer}/0"], arrays.get(f"{layer}/0/range"))
