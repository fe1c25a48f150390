"""A web server on loopback that misbehaves as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """A request as it came: its path, its Range and If-Range, and how many bytes of the body were sent."""

    path: str
    range: str
    if_range: str
    sent: int = 0


Behaviour = Callable[["Handler", bytes], None]


@dataclass
class Web:
    """The files of the server, how it hands each out, and what it was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    behaviours: dict[str, list[Behaviour]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, data: bytes, *behaviours: Behaviour) -> str:
        """Offer a file; each request takes the next of the behaviours, the last ones `honest`."""
        self.files[path], self.behaviours[path] = data, list(behaviours)
        return f"{self.url}{path}"


class Handler(BaseHTTPRequestHandler):
    """Answers GET."""

    web: Web

    def do_GET(self) -> None:
        self.asked = Asked(self.path, self.headers.get("Range", ""), self.headers.get("If-Range", ""))
        self.web.asked.append(self.asked)
        waiting = self.web.behaviours.get(self.path, [])
        behaviour = waiting.pop(0) if waiting else honest
        behaviour(self, self.web.files.get(self.path, b""))

    def begin(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()
        self.asked.sent += len(data)

    @property
    def start(self) -> int:
        return int(self.asked.range.removeprefix("bytes=").removesuffix("-") or 0)

    def log_message(self, *_: Any) -> None:
        pass


def honest(handler: Handler, data: bytes) -> None:
    """Hand out the file, from where it is asked for."""
    _partly(handler, data, len(data))


def _partly(handler: Handler, data: bytes, end: int, etag: str = '"v1"') -> None:
    start = handler.start
    if handler.asked.if_range and handler.asked.if_range != etag:
        start = 0
    if start >= len(data) > 0:
        handler.begin(416, 0)
    elif start:
        said = f"bytes {start}-{len(data) - 1}/{len(data)}"
        handler.begin(206, len(data) - start, ETag=etag, Content_Range=said)
        handler.send(data[start:end])
    else:
        handler.begin(200, len(data), ETag=etag)
        handler.send(data[:end])


def breaks_off_at(end: int, etag: str = '"v1"') -> Behaviour:
    """Say the right length, and end the connection after `end` bytes."""
    return lambda handler, data: _partly(handler, data, end, etag)


def stalls_at(end: int) -> Behaviour:
    """Send `end` bytes, then nothing more until the test is over."""

    def behave(handler: Handler, data: bytes) -> None:
        _partly(handler, data, end)
        handler.web.released.wait(20)

    return behave


def silent(handler: Handler, _data: bytes) -> None:
    """Never answer."""
    handler.web.released.wait(20)


def answers(status: int, body: bytes = b"<html>") -> Behaviour:
    """Answer with a status and a page."""

    def behave(handler: Handler, _data: bytes) -> None:
        handler.begin(status, len(body))
        handler.send(body)

    return behave


def ignores_range(handler: Handler, data: bytes) -> None:
    """Send all of it, whatever is asked for."""
    handler.begin(200, len(data))
    handler.send(data)


def begins_elsewhere(handler: Handler, data: bytes) -> None:
    """Claim to go on, from another byte."""
    handler.begin(206, len(data) - 1, Content_Range=f"bytes 1-{len(data) - 1}/{len(data)}")
    handler.send(data[1:])


def says_length(length: int) -> Behaviour:
    """Lie about the length."""

    def behave(handler: Handler, data: bytes) -> None:
        handler.begin(200, length)
        handler.send(data)

    return behave


def sends_too_much(handler: Handler, data: bytes) -> None:
    """Say no length, and send twice as much."""
    handler.begin(200, None)
    handler.send(data + data)


def redirects_to(url: str) -> Behaviour:
    """Send elsewhere."""
    return lambda handler, _data: handler.begin(302, 0, Location=url)


@contextmanager
def serving() -> Iterator[Web]:
    """Run a server for as long as the block."""
    web = Web()
    handler = type("Bound", (Handler,), {"web": web})

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing of clients that are gone."""

    server = Quiet(("127.0.0.1", 0), handler)
    web.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
