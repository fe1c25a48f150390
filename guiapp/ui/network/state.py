"""The network as the page sees it: the value, its analysis, and which layers are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from guiapp.core import mending, templates
from guiapp.core.layers import Layer, Problem, Repair
from guiapp.core.network import NetworkSpec, fitted
from guiapp.core.project import Project, set_field
from guiapp.core.repairs import repaired
from guiapp.core.session import Session
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.form import with_field
from guiapp.ui.network import branches, editing
from guiapp.ui.network.editing import Rows
from guiapp.ui.network.following import followed
from guiapp.ui.network.judged import JudgedNetwork


class NetworkState(JudgedNetwork):
    """Carries out every edit through the session, so that undo covers all of it."""

    def __init__(self, session: Session, dataset: DatasetModel, parent: QObject | None = None) -> None:
        super().__init__(session, dataset, parent)
        self._wanted: Rows | None = None
        self._opened = session.opened
        self.stop: Callable[[], None] = session.listen(self._session_changed)

    @property
    def current(self) -> Layer | None:
        """The chosen layer, when exactly one is."""
        return self.network.layers[self.rows[0]] if len(self.rows) == 1 else None

    def select(self, rows: Rows) -> None:
        """Choose the layers at `rows`."""
        rows = tuple(sorted(row for row in set(rows) if 0 <= row < len(self.network.layers)))
        if rows != self.rows:
            self.rows = rows
            self.selected.emit()

    def add(self, kind: str, at: int | None = None) -> None:
        """Add a layer of `kind` at `at`, or after the chosen ones, or at the end, and choose it."""
        if at is None and self.rows:
            at = self.rows[-1] + 1
        place = editing.place_of(self.network, kind, at)
        inputs = branches.first_inputs(self.analysis, kind, place, self.rows)
        network, place = editing.add(self.network, kind, place, inputs)
        self.apply(network, f"add {network.layers[place].name}", (place,))

    def remove(self) -> None:
        """Remove the chosen layers, and choose the one that follows them."""
        if self.rows:
            network = editing.remove(self.network, self.rows)
            then = min(self.rows[0], len(network.layers) - 1)
            self.apply(network, f"remove {self._said()}", (then,) if then >= 0 else ())

    def duplicate(self) -> None:
        """Copy the chosen layers below themselves, and choose the copies."""
        if self.rows:
            network, rows = editing.duplicate(self.network, self.rows)
            self.apply(network, f"duplicate {self._said()}", rows)

    def move_by(self, step: int) -> None:
        """Move the chosen layers one place up (-1) or down (1)."""
        if self.rows:
            network, rows = editing.move_by(self.network, self.rows, step)
            self.apply(network, f"move {self._said()}", rows)

    def move_to(self, rows: Rows, at: int) -> None:
        """Move the layers at `rows` before what is at `at`."""
        network, rows_now = editing.move_to(self.network, rows, at)
        self.apply(network, f"move {self._said(rows)}", rows_now)

    def toggle(self) -> None:
        """Disable the chosen layers, or enable them where all are disabled."""
        if self.rows:
            on = not any(self.network.layers[row].enabled for row in self.rows)
            word = "enable" if on else "disable"
            self.apply(editing.toggle(self.network, self.rows), f"{word} {self._said()}", self.rows)

    def rename(self, row: int, name: str, *, typing: bool = False) -> None:
        """Give the layer at `row` another name.

        Parameters
        ----------
        row : int
            Which layer.
        name : str
            Its new name.
        typing : bool
            Whether more keystrokes may follow, which are then undone together.

        Raises
        ------
        UserError
            When the name is not right.
        """
        old = self.network.layers[row].name
        network = editing.rename(self.network, row, name)
        self.apply(network, f"rename {old}", self.rows, f"{row}.name" if typing else None)

    def set_field(self, row: int, field: str, value: Any) -> None:
        """Change one field of the layer at `row`; changes in a row of the same field are undone together.

        Raises
        ------
        UserError
            When the value is not right; its `what` says why.
        """
        layer = self.network.layers[row]
        changed = set_field(layer, field, value)
        title = type(layer).model_fields[field].title or field
        merge = f"{layer.name}.{field}"
        self.apply(self.network.replace(row, changed), f"{title.lower()} of {layer.name}", self.rows, merge)

    def repair(self, problem: Problem, repair: Repair | None = None) -> None:
        """Do a repair that a problem offers, the first when none is given, and choose its layer."""
        repair = problem.repair if repair is None else repair
        if repair is None:
            return
        text = repair.text[0].lower() + repair.text[1:]
        if repair.batch:
            project = self._session.project
            training = with_field(project.training, "batch", repair.batch)
            self._change(project.model_copy(update={"training": training}), text, None)
        else:
            at = 0 if problem.layer is None else self.network.index(problem.layer)
            network = repaired(self.network, problem, repair)
            then = (min(at, len(network.layers) - 1),) if network.layers else ()
            self.apply(network, text, then)

    def mend_all(self) -> None:
        """Do a repair of every problem that leaves all layers, until none is left; one step of undo."""
        network, done = mending.mended(self.network, self._classes)
        batch = next((item.repair.batch for item in self.problems if item.repair and item.repair.batch), 0)
        if not done and not batch:
            return
        update: dict[str, Any] = {"network": network}
        if batch:
            update["training"] = with_field(self._session.project.training, "batch", batch)
        self._wanted = followed(self.rows, self.network, network) if done else None
        self._change(self._session.project.model_copy(update=update), "mend everything", None)

    def copy_text(self) -> str:
        """Return the chosen layers as text for the clipboard."""
        return editing.to_text(editing.copied(self.network, self.rows))

    def paste(self, text: str) -> None:
        """Add the layers that `text` holds after the chosen ones, and choose them.

        Raises
        ------
        UserError
            When it holds none, or wrong ones.
        """
        self.put(editing.from_text(text), self.rows[-1] + 1 if self.rows else len(self.network.layers))

    def put(self, piece: editing.Copied, at: int) -> None:
        """Add copied layers from position `at` on, and choose them."""
        layers = piece.layers
        network, rows = editing.insert_all(self.network, piece, at)
        what = layers[0].name if len(layers) == 1 else f"{len(layers)} layers"
        self.apply(network, f"paste {what}", rows)

    def apply_template(self, name: str) -> str:
        """Take network and training settings of a template, fitted to the dataset's classes; returns its title.

        Raises
        ------
        UserError
            When the template cannot be read.
        """
        template = templates.load(name)
        network = fitted(template.network, self._classes) if self._classes else template.network
        project = self._session.project.model_copy(update={"network": network, "training": template.training})
        self._wanted = ()
        self._change(project, f"apply the template {template.title}", None)
        return template.title

    def undo(self) -> None:
        """Take the last change of the project back."""
        self._session.undo()

    def _said(self, rows: Rows | None = None) -> str:
        rows = self.rows if rows is None else rows
        return self.network.layers[rows[0]].name if len(rows) == 1 else f"{len(rows)} layers"

    def apply(self, network: NetworkSpec, text: str, rows: Rows, merge: str | None = None) -> None:
        """Make `network` the project's, and choose the layers at `rows`.

        Parameters
        ----------
        network : NetworkSpec
            The new value.
        text : str
            What was done, for the undo menu.
        rows : tuple of int
            Positions in the new network.
        merge : str, optional
            Changes in a row with the same `merge` are undone together.
        """
        self._wanted = rows
        self._change(self._session.project.model_copy(update={"network": network}), text, merge)

    def _change(self, project: Project, text: str, merge: str | None) -> None:
        self._session.change(project, text, merge)
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.select(wanted)

    def _session_changed(self, old: Project, new: Project) -> None:
        if self._session.opened != self._opened:
            # The layers of another project have nothing to do with those that were chosen.
            self._opened, self._wanted = self._session.opened, None
            self._look_again(())
        elif new.network is not old.network and new.network != old.network:
            rows = self._wanted if self._wanted is not None else followed(self.rows, old.network, new.network)
            self._wanted = None
            self._look_again(rows)
        elif new.training != old.training:
            self._weigh()
            self.changed.emit()
