"""One answer of a web server, waited for on a thread of its own.

Whoever cancels never waits for a server that stalls: the thread is left behind, and ends by itself.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
import urllib3

from guiapp.data.work import Cancel, stop_if

CHUNK = 1 << 15
CANCEL_S = 0.1
"""How often a wait looks whether it was cancelled."""


@dataclass(frozen=True)
class Pace:
    """How long is waited for a server, how often it is asked in vain, and the first pause before asking again."""

    connect_s: float = 15.0
    read_s: float = 30.0
    tries: int = 6
    pause_s: float = 1.0
    longest_pause_s: float = 20.0


class Useless(Exception):
    """The place that was asked does not have the file; another may."""


class Again(Exception):
    """It did not work for once; asking again may help, as often as `Pace.tries` allows: this counts as `weight`."""

    def __init__(self, text: str, weight: int = 1) -> None:
        super().__init__(text)
        self.weight = weight


@dataclass(frozen=True)
class Head:
    """How an answer begins."""

    status: int
    headers: Mapping[str, str]


class Answer:
    """What a server answers, read on a thread of its own that is simply left behind when nobody waits any more."""

    def __init__(self, url: str, headers: dict[str, str], pace: Pace, cancel: Cancel) -> None:
        self._url, self._headers, self._pace, self._cancel = url, headers, pace, cancel
        self._queue: queue.Queue[Head | bytes | BaseException | None] = queue.Queue(8)
        self._left = threading.Event()
        self._response: requests.Response | None = None
        threading.Thread(target=self._read, name="download", daemon=True).start()

    def _read(self) -> None:
        try:
            self._ask()
        except BaseException as exc:  # handed to the thread that waits
            self._put(exc)

    def _ask(self) -> None:
        patience = (self._pace.connect_s, self._pace.read_s)
        with (
            requests.Session() as session,
            session.get(self._url, headers=self._headers, stream=True, timeout=patience) as response,
        ):
            self._response = response
            self._put(Head(response.status_code, response.headers))
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                if not self._put(chunk):
                    return
        self._put(None)

    def _put(self, item: Head | bytes | BaseException | None) -> bool:
        """Hand on what came; False where nobody waits for it any more."""
        while not self._left.is_set():
            with suppress(queue.Full):
                self._queue.put(item, timeout=CANCEL_S)
                return True
        return False

    def _next(self) -> Head | bytes | None:
        while True:
            stop_if(self._cancel)
            with suppress(queue.Empty):
                item = self._queue.get(timeout=CANCEL_S)
                break
        if isinstance(item, BaseException):
            raise _in_words(item, self._url) from item
        return item

    def head(self) -> Head:
        """Wait for the beginning of the answer."""
        item = self._next()
        assert isinstance(item, Head)
        return item

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes as they come."""
        while isinstance(item := self._next(), bytes):
            yield item

    def leave(self) -> None:
        """Wait no longer: end the connection, which wakes the thread."""
        self._left.set()
        if self._response is not None:
            with suppress(Exception):
                self._response.raw.shutdown()


def host_of(url: str) -> str:
    """Return whose address it is."""
    return urlsplit(url).netloc


_WORDS: tuple[tuple[type[BaseException], str, int], ...] = (
    (requests.exceptions.SSLError, "a safe connection to {host} could not be made; is this computer's clock right?", 0),
    (requests.exceptions.ProxyError, "the proxy of this network did not reach {host}", 3),
    (requests.exceptions.Timeout, "{host} does not answer", 1),
    (urllib3.exceptions.TimeoutError, "{host} does not answer", 1),
    (requests.exceptions.TooManyRedirects, "{host} only sends from one address to the next", 0),
    (requests.exceptions.InvalidURL, "{host} sends to an address that is none", 0),
    (requests.exceptions.ChunkedEncodingError, "the connection to {host} broke off", 1),
    (requests.exceptions.ConnectionError, "{host} cannot be reached; is this computer connected to the internet?", 3),
    (requests.exceptions.RequestException, "the connection to {host} broke off", 1),
    (urllib3.exceptions.HTTPError, "the connection to {host} broke off", 1),
    (OSError, "the connection to {host} broke off", 1),
)
"""What went wrong, the words for it, and how much it counts against asking again; 0: asking again is of no use."""


def _in_words(exc: BaseException, url: str) -> Exception:
    for kind, words, weight in _WORDS:
        if isinstance(exc, kind):
            text = words.format(host=host_of(url))
            return Again(text, weight) if weight else Useless(text)
    return Useless(f"{host_of(url)} answered with something that cannot be read ({type(exc).__name__})")
