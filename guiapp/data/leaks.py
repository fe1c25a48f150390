"""Copies among the splits of a dataset, and which images to leave out so that there are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guiapp.data.dataset import UNUSED
from guiapp.data.duplicates import Group
from guiapp.data.health import Health
from guiapp.data.splits import Splits

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Leaks:
    """The same pictures in more than one split; what is learned by heart there is then taken for understanding.

    Attributes
    ----------
    exact, near : tuple of tuple of int
        Groups of rows, as in `Health`: the same in every pixel, and showing the same picture.
    """

    exact: tuple[Group, ...]
    near: tuple[Group, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """All of them."""
        return (*self.exact, *self.near)


def leaks(health: Health, splits: Splits) -> Leaks:
    """Return the groups with members in more than one split.

    Parameters
    ----------
    health : Health
        What was found.
    splits : ndarray of uint8, (N,)
        0 train, 1 validation, 2 test, 3 not used; of each image that was checked.
    """
    return Leaks(_split_up(used(health.exact, splits), splits), _split_up(used(health.near, splits), splits))


def used(groups: Iterable[Group], splits: Splits) -> tuple[Group, ...]:
    """Return what is left of groups without the images that are not used: at least two of each."""
    left = (tuple(row for row in group if splits[row] != UNUSED) for group in groups)
    return tuple(group for group in left if len(group) > 1)


def _split_up(groups: Iterable[Group], splits: Splits) -> tuple[Group, ...]:
    return tuple(group for group in groups if len({int(splits[row]) for row in group}) > 1)


def conflicts(groups: Iterable[Group], labels: NDArray[np.int32]) -> tuple[Group, ...]:
    """Return the groups whose members are said to be of different classes, which cannot all be right."""
    return tuple(group for group in groups if len({int(labels[row]) for row in group}) > 1)


def copies(groups: Iterable[Group], splits: Splits) -> Rows:
    """Return which rows to leave out so that one of each group stays: in test, else validation, else train."""
    return rows_of(
        tuple(row for row in group if row != min(group, key=lambda row: (-int(splits[row]), row))) for group in groups
    )


def outside(groups: Iterable[Group], splits: Splits) -> Rows:
    """Return which rows to leave out so that no group is in two splits: those held back furthest stay.

    A copy in train or validation goes where one is in test, a copy in train where one is in validation.
    """
    last = ((group, max(int(splits[row]) for row in group)) for group in groups)
    return rows_of(tuple(row for row in group if splits[row] != kept) for group, kept in last)


def rows_of(groups: Iterable[Sequence[int]]) -> Rows:
    """Return all rows of groups, group by group, each once."""
    return np.array(list(dict.fromkeys(row for group in groups for row in group)), np.intp)
