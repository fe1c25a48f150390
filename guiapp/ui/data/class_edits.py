"""What the person does to classes: used or not, renamed, merged, taken apart; each is one undo step."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.notify import UserError
from guiapp.core.session import Session
from guiapp.data import editing
from guiapp.data.dataset import Dataset
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.form import sentence

MAX_NAME = 100
FEWEST = 2
LONGEST = 24


def clean_name(text: str) -> str:
    """Return what was typed as the name of a class.

    Raises
    ------
    UserError
        When it is empty, too long, or not one line of printable characters.
    """
    name = text.strip()
    if not name:
        raise UserError("must not be empty; give the class a name")
    if len(name) > MAX_NAME:
        raise UserError(f"must not be longer than {MAX_NAME} characters; this one has {len(name):,}")
    if not name.isprintable():
        raise UserError("must be one line of letters, digits and signs")
    return name


def shortened(name: str) -> str:
    """Return a name at a length that a sentence in a narrow column has room for."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[1 - LONGEST // 2 :]}"


def listed(names: Collection[str], most: int = 2) -> str:
    """Return names in a sentence: “cat”, “dog” and 35 more."""
    shown = [f"“{shortened(name)}”" for name in names]
    if len(shown) > most + 1:
        return f"{', '.join(shown[:most])} and {len(shown) - most:,} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


class ClassEdits(QObject):
    """Changes the classes of the open dataset.

    Attributes
    ----------
    draft : tuple of str or None
        Checked classes that are too few to be used; those of the project stay in use until there are enough.

    Signals
    -------
    refused(str)
        Why what was asked for was not done; "" when something was.
    joined(str)
        Classes became one; the sentence says which.
    drafted()
        `draft` is another.
    called(object, str)
        Classes of these names will be called by this one.
    """

    refused = Signal(str)
    joined = Signal(str)
    drafted = Signal()
    called = Signal(object, str)

    def __init__(self, session: Session, model: DatasetModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._model = session, model
        self.draft: tuple[str, ...] | None = None

    def _now(self) -> tuple[Dataset, DatasetSettings] | None:
        dataset, settings = self._model.dataset, self._session.project.dataset
        return None if dataset is None or settings is None else (dataset, settings)

    def used(self) -> tuple[str, ...]:
        """Return the classes that are checked."""
        if self.draft is not None:
            return self.draft
        names, settings = tuple(self._model.counts()), self._session.project.dataset
        if settings is None or settings.classes is None:
            return names
        chosen = set(settings.classes)
        return tuple(name for name in names if name in chosen)

    def drop_draft(self) -> None:
        """Show what is in use again."""
        if self.draft is not None:
            self.draft = None
            self.refused.emit("")
            self.drafted.emit()

    # which are used

    def check(self, names: Collection[str], on: bool) -> None:
        """Use these classes too, or no longer; too few are refused, unless a choice was begun with none."""
        now = set(self.used())
        self._use(now | set(names) if on else now - set(names), begun=self.draft is not None)

    def use(self, names: Collection[str]) -> None:
        """Use these classes and no others; where they are too few it is the beginning of a choice."""
        self._use(names, begun=True)

    def use_others(self) -> None:
        """Use the classes that are not in use now, and no others."""
        self.use(set(self._model.counts()) - set(self.used()))

    def _use(self, names: Collection[str], *, begun: bool) -> None:
        found = self._now()
        if found is None:
            return
        _, settings = found
        every = tuple(self._model.counts())
        wanted = set(names)
        chosen = tuple(name for name in every if name in wanted)
        if len(chosen) >= FEWEST:
            self.draft = None
            self.refused.emit("")
            changed = settings.model_copy(update={"classes": None if len(chosen) == len(every) else chosen})
            self._model.set_settings(changed, "choose classes")
        elif begun:
            kept = every if settings.classes is None else settings.classes
            self.draft = chosen
            self.refused.emit(f"Choose at least two classes. Until then {listed(kept)} stay in use.")
        else:
            self.refused.emit("At least two classes must be in use: choose another one first.")
        self.drafted.emit()

    # what they are called

    def sources(self, name: str) -> tuple[str, ...]:
        """Return what the files call the class that is now called `name`."""
        found = self._now()
        if found is None:
            return ()
        dataset, settings = found
        return tuple(s for s in editing.source_names(dataset, settings) if settings.renamed.get(s, s) == name)

    def is_renamed(self, names: Collection[str]) -> bool:
        """Whether any of these classes is called otherwise by the files."""
        found = self._now()
        return found is not None and any(name in found[1].renamed.values() for name in names)

    def judge(self, old: str, text: str) -> tuple[str, str]:
        """Return why a class cannot be called this, and what would follow if it were; "" for either."""
        try:
            name = clean_name(text)
        except UserError as exc:
            return sentence(f"The name {exc.what}"), ""
        if name == old or name not in self._model.counts():
            return "", ""
        return "", f"There is a class “{shortened(name)}”: the two become one."

    def rename(self, old: str, text: str) -> None:
        """Call a class by another name; with one that is taken the two become one."""
        try:
            name = clean_name(text)
        except UserError as exc:
            self.refused.emit(sentence(f"The name {exc.what}"))
            return
        if name != old:
            taken = name in self._model.counts()
            self._call([old], name, f"merge {old} into {name}" if taken else f"rename {old} to {name}")

    def target(self, names: Collection[str]) -> str:
        """Return the largest of these classes, whose name they get when they are merged."""
        counts = self._model.counts()
        return max(names, key=lambda name: counts.get(name, 0), default="")

    def merge(self, names: Collection[str]) -> None:
        """Make these classes one."""
        if len(names) > 1:
            target = self.target(names)
            self._call([name for name in names if name != target], target, f"merge {len(names):,} classes")

    def _call(self, old: Collection[str], name: str, text: str) -> None:
        found = self._now()
        if found is None:
            return
        dataset, settings = found
        self.called.emit(tuple(old), name)
        self._change(editing.renamed(dataset, settings, old, name), text, f"{listed([*old, name])} are one class now")

    def take_apart(self, names: Collection[str]) -> None:
        """Give these classes the names of the files again; merged ones come apart."""
        found = self._now()
        if found is None or not self.is_renamed(names):
            return
        dataset, settings = found
        for name in names:
            settings = editing.unrenamed(dataset, settings, name)
        self._change(settings, "use the names of the files", "A name of the files was taken, and classes are one now")

    def _change(self, settings: DatasetSettings, text: str, joined: str) -> None:
        found = self._now()
        if found is None:
            return
        before, after = self._model.counts(), editing.class_counts(found[0], settings)
        used = after.keys() if settings.classes is None else after.keys() & set(settings.classes)
        if len(used) < FEWEST:
            self.refused.emit("That would leave one class only, and nothing to tell it from.")
            return
        self.draft = None
        self.refused.emit("")
        self._model.set_settings(settings, text)
        if len(after) < len(before):
            gone = [name for name in before if name not in after]
            images = sum(count for name, count in after.items() if count != before.get(name, count))
            self.joined.emit(f"{joined}{f', with {images:,} images' if gone else ''}.")
