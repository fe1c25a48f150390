"""Problems mended from the Network page, one or all of them: what was done is said, and the keyboard goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

from guiapp.core import notify
from guiapp.core.compare import compare
from guiapp.core.layers import Problem, Repair
from guiapp.core.network import NetworkSpec
from guiapp.look.toasts import Toasts
from guiapp.ui.form_editors import FileEditor

if TYPE_CHECKING:
    from guiapp.ui.network.page import NetworkPage

UNDO = "network/undo"
MOST_TOLD = 8
LEFT = "what needs your choice, or a layer removed, is left to you"


def done_words(old: NetworkSpec, new: NetworkSpec) -> list[str]:
    """Return what was removed, added and changed on the way from `old` to `new`, a sentence each."""
    rows = compare(old, new).rows
    removed = [row.a.layer.name for row in rows if row.a is not None and row.b is None]
    added = [f"{row.b.layer.name} ({type(row.b.layer).title})" for row in rows if row.a is None and row.b is not None]
    lines = [f"{word} {_listed(names)}." for word, names in (("Removed", removed), ("Added", added)) if names]
    changed = [row for row in rows if row.a is not None and row.b is not None and row.differences]
    return [*lines, *(f"{row.b.layer.name}: {row.text}." for row in changed if row.b is not None)]


def _listed(names: Sequence[str]) -> str:
    shown = [*names[:MOST_TOLD], *([f"{len(names) - MOST_TOLD:,} more"] if len(names) > MOST_TOLD else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


class Mending(QObject):
    """Mends what the lists of problems on a page ask for.

    Parameters
    ----------
    page : NetworkPage
        The page; also its parent.
    """

    def __init__(self, page: NetworkPage) -> None:
        super().__init__(page)
        self._page, self._state = page, page.state
        page.problems.repairAsked.connect(self.repair)
        page.problems.mendAllAsked.connect(self.mend_all)
        page.inspector.repairAsked.connect(self.repair)
        # The button Undo of a message would take something else back after the next change.
        stop = page.services.session.listen(lambda old, new: notify.clear(UNDO) if old is not new else None)
        page.destroyed.connect(lambda _page=None: stop())
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep messages off the problems and their repairs, once the page is in its window."""
        if event.type() == QEvent.Type.Show:
            toasts = self._page.window().findChild(Toasts)
            if toasts is not None:
                toasts.keep_free(self._page.problems)
        return False

    def repair(self, problem: Problem, repair: Repair | None = None) -> None:
        """Do one repair of a problem, the first when none is given; what a person must give is asked for."""
        self._keep_focus(lambda: self._state.repair(problem, repair))
        wanted = repair or problem.repair
        if wanted is not None and wanted.focus:
            self._page.go_to(replace(problem, field=wanted.focus))
            form = self._page.inspector.form
            editor = form.editor(wanted.focus) if wanted.focus in form.names() else None
            if isinstance(editor, FileEditor):
                editor.look()

    def mend_all(self) -> None:
        """Do the first repair of every problem, and say what was done."""
        old, batch = self._state.network, self._state.batch
        self._keep_focus(self._state.mend_all)
        lines = done_words(old, self._state.network)
        if self._state.batch != batch:
            lines.append(f"Training: Batch size {batch:,} → {self._state.batch:,}.")
        if not lines:
            if self._state.problems:
                notify.info(f"Nothing was mended: {LEFT}.")
            return
        more = len(lines) - MOST_TOLD
        shown = lines if more <= 0 else [*lines[:MOST_TOLD], f"and {more:,} more"]
        left = len(self._state.problems)
        head = "Mended." if not left else f"Mended, but for {left:,} problem{'s' * (left != 1)}: {LEFT}."
        # What is gone is read before the message goes.
        tell_undoable(self._page, "\n".join([head, *shown]), "warning" if lines[0].startswith("Removed") else "info")

    def _keep_focus(self, mend: Callable[[], None]) -> None:
        """Mend; the keyboard goes on in the list where the button that was pressed is gone."""
        pressed = self._page.window().focusWidget()
        mend()
        if pressed is None or not pressed.isVisible() or self._page.window().focusWidget() is not pressed:
            self._page.take_focus()


def tell_undoable(page: NetworkPage, text: str, level: notify.Level = "info") -> None:
    """Say what was done to the network, with a button that takes it back as long as nothing else was done."""
    toasts = page.window().findChild(Toasts)
    if toasts is not None:
        toasts.show(level, text, action="Undo", run=page.state.undo, about=UNDO)
    else:
        notify.info(text)
