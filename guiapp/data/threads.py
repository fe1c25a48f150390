"""Work on many images at once, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from guiapp.data.work import Cancel, Progress, stop_if

Part = Callable[[int, Cancel], int]
"""Given the first image of a chunk and a way to ask whether to stop, does the chunk and returns how many it has."""


def in_chunks(  # noqa: PLR0917
    text: str,
    total: int,
    many: int,
    part: Part,
    progress: Progress,
    cancel: Cancel,
    *,
    settle: Callable[[], None] | None = None,
) -> None:
    """Do `part` for every chunk, on two threads a core: while one waits for the disk, another decodes.

    Parameters
    ----------
    text : str
        What is being done, for `progress`.
    total, many : int
        How many images there are, and how many a chunk has.
    part : callable
        Called with 0, `many`, 2·`many`…, on several threads.
    progress, cancel
        Told how many images are done; asked whether to go on.
    settle : callable, optional
        Called now and then on this thread.

    Raises
    ------
    Cancelled
        Once `cancel` answers True; every thread has ended by then.
    """
    stopped = False
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1), "images") as pool:
        chunks = [pool.submit(part, start, lambda: stopped) for start in range(0, total, many)]
        try:
            done = 0
            progress(text, 0, total)
            for chunk in chunks:  # they are begun in this order, so that the next is never far
                done += _outcome(chunk, cancel)
                progress(text, done, total)
                if settle is not None:
                    settle()
        except BaseException:
            stopped = True
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _outcome(chunk: Future[int], cancel: Cancel) -> int:
    stop_if(cancel)
    while not chunk.done():
        with suppress(TimeoutError):
            chunk.exception(timeout=0.1)
        stop_if(cancel)
    return chunk.result()
