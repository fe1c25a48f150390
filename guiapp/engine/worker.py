"""The engine's process: answers the window's commands, and trains beside that."""

from __future__ import annotations

import logging
import logging.handlers
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from guiapp.core import files, notify
from guiapp.core.messages import (
    Animate,
    Answer,
    Cancel,
    CheckHealth,
    Command,
    ComputeView,
    Download,
    EngineState,
    EnsureSample,
    Evaluate,
    Event,
    Export,
    ExportScript,
    Failed,
    LookIntoArchive,
    OpenDataset,
    Pause,
    Predict,
    Quit,
    Request,
    Resume,
    Said,
    State,
    Stop,
    Train,
    Unpack,
)
from guiapp.core.notify import Cancelled, UserError
from guiapp.data import work
from guiapp.engine import answers, telling
from guiapp.engine.background import Training

if TYPE_CHECKING:
    from guiapp.engine.models import Models

THREADS = 4
ENDING_S = 120.0
BUSY: tuple[EngineState, ...] = ("preparing", "training", "paused")

T = TypeVar("T")
Handler = Callable[[Any, work.Progress, work.Cancel], Any]


def main(connection: Connection) -> None:
    """Serve the window at the other end of `connection` until it says `Quit` or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal reaches both; the window decides
    _log_to_file()
    Worker(connection).serve()


def _log_to_file() -> None:
    with suppress(OSError):
        files.log_dir().mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            files.log_dir() / "engine.log", maxBytes=1_000_000, backupCount=1, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        notify.log.addHandler(handler)


class Worker:
    """Takes commands from a pipe and sends events into it.

    Commands are taken on the thread that calls `serve`; requests are answered on a few threads of their own, so
    that a long one does not keep the others waiting; training has its own thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS, "request")
        self._given_up: dict[int, threading.Event] = {}
        self._state: EngineState = "dead"
        self._stating = threading.Lock()
        self._training: Training | None = None
        self._models: Models | None = None
        self._handlers: Mapping[type[Request], Handler] = {
            OpenDataset: answers.answer_open_dataset,
            EnsureSample: answers.answer_ensure_sample,
            CheckHealth: answers.answer_check_health,
            LookIntoArchive: answers.answer_look_into_archive,
            Unpack: answers.answer_unpack,
            Download: answers.answer_download,
            Predict: self._predict,
            ComputeView: self._compute_view,
            Evaluate: answers.answer_evaluate,
            Animate: answers.answer_animate,
            Export: answers.answer_export,
            ExportScript: answers.answer_export_script,
        }

    def serve(self) -> None:
        """Take commands until the end."""
        gone = False
        stop_listening = notify.listen(lambda note: self.send(Said(note.level, note.text)))
        self.state("starting")
        threading.Thread(target=self._get_ready, name="import", daemon=True).start()
        try:
            while True:
                command = self._connection.recv()
                if isinstance(command, Quit):
                    return
                self._take(command)
        except (EOFError, OSError):
            gone = True  # the window was lost, and with it whoever could have chosen to stop
        finally:
            self._end(interrupted=gone)
            stop_listening()

    def send(self, event: Event) -> None:
        """Send an event; nothing happens when the window is gone."""
        with self._sending, suppress(OSError):
            self._connection.send(event)

    def state(self, state: EngineState, text: str = "", *, instead_of: tuple[EngineState, ...] = ()) -> None:
        """Say what the engine does now; with `instead_of` only where it did one of these before."""
        with self._stating:
            if state != self._state and (not instead_of or self._state in instead_of):
                self._state = state
                self.send(State(state, text))

    def _get_ready(self) -> None:
        try:
            from guiapp.engine import backend

            self.send(backend.device())
            self.state("ready", instead_of=("starting",))
        except Exception as exc:
            self.state("dead", notify.as_user_error(exc, doing="starting the engine").sentence)

    def _end(self, *, interrupted: bool) -> None:
        training = self._training
        if training is not None:
            training.control.stop(interrupted=interrupted)
        for event in list(self._given_up.values()):
            event.set()
        if training is not None:
            training.thread.join(ENDING_S)
        self._pool.shutdown(cancel_futures=True)

    def _take(self, command: Command) -> None:
        match command:
            case Cancel(request):
                if request in self._given_up:
                    self._given_up[request].set()
            case Pause() | Resume() | Stop():
                self._steer(command)
            case Train():
                self._train(command)
            case Request():
                self._given_up[command.request] = threading.Event()
                self._pool.submit(self._answer, command, lambda: self._handler(command))

    def _steer(self, command: Command) -> None:
        training = self._training
        if training is None or training.over:
            return
        match command:
            case Pause():
                training.control.pause()
            case Resume():
                training.control.resume()
            case Stop():
                self.state("stopping", instead_of=BUSY)
                training.control.stop()

    def _train(self, command: Train) -> None:
        former = self._training
        if former is not None and not former.over:
            self.send(Failed(command.request, "a training is under way already", "", "Stop it first"))
            return
        given_up = self._given_up[command.request] = threading.Event()
        self._training = Training(command, former, self._answer_training, self._tell, given_up)
        self._training.thread.start()

    def _answer_training(self, training: Training) -> None:
        """Train, on the thread of the training."""

        def run(command: Train, progress: work.Progress, cancel: work.Cancel) -> str:
            try:
                return training.run(command, progress, cancel)
            finally:
                self.state("ready")  # before the answer

        self.state("preparing")
        self._answer(training.command, lambda: run)

    def _tell(self, event: Event) -> None:
        """Send an event of the training."""
        if isinstance(event, State):
            self.state(event.state, event.text)
        else:
            self.send(event)

    def _handler(self, request: Request) -> Handler:
        work.stop_if(self._given_up[request.request].is_set)  # it may have waited for its turn
        return self._handlers[type(request)]

    def _answer(self, request: Request, handler: Callable[[], Handler]) -> None:
        number = request.request
        given_up = self._given_up[number]
        event: Event
        try:
            event = Answer(number, handler()(request, telling.progress(number, self.send), given_up.is_set))
        except Cancelled:
            event = Failed(number, "")
        except BaseException as exc:  # told to the person
            event = telling.failed(request, exc)
        self._given_up.pop(number, None)
        try:
            self.send(event)
        except Exception as exc:  # what was computed cannot be sent
            self.send(telling.failed(request, exc))

    def _predict(self, request: Predict, _progress: work.Progress, _cancel: work.Cancel) -> Any:
        from guiapp.engine.predict import predict_fitted

        return self._ask(request, None, lambda network, image: predict_fitted(network, image[None], request.top)[0])

    def _compute_view(self, request: ComputeView, _progress: work.Progress, _cancel: work.Cancel) -> Any:
        from guiapp import visuals

        module = visuals.computes().get(request.view)
        if module is None or not hasattr(module, "compute"):
            raise UserError("is not a view that can be computed", where=request.view, mend="Choose another view")
        return self._ask(
            request,
            request.step,
            lambda network, image: dict(module.compute(network, image[None], dict(request.options))),
        )

    def _ask(self, request: Predict | ComputeView, step: int | None, question: Callable[[Any, Any], T]) -> T:
        """Ask the network in training where it is the one meant, or the one of a run, about the request's image."""
        from guiapp.engine.predict import fitted_image

        training = self._training
        network = training.control.network if training else None
        if training and network and _is_meant(request, step, training.command.run, network.step):
            image = fitted_image(network, request.image)  # here: while it is decoded, training goes on
            return training.control.ask(lambda network: question(network, image))
        run = request.run if request.run is not None or training is None else training.network_run
        if run is None:
            raise UserError("there is no trained network yet", mend="Train first, or choose a run")
        if self._models is None:
            from guiapp.engine.models import Models

            self._models = Models()
        return self._models.ask(
            run, step, lambda network: question(network, fitted_image(network, request.image)), request.which
        )


def _is_meant(request: Predict | ComputeView, step: int | None, run: str, now: int) -> bool:
    """Whether the network of `run`, in training or trained last, is asked as it is `now`."""
    here = request.run is None or _same(request.run, run)
    return here and request.which == "latest" and step in {None, now}


def _same(a: str, b: str) -> bool:
    return Path(a).resolve() == Path(b).resolve()
