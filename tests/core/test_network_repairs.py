"""Repairs one after the other: they come to an end, and leave a network without errors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.network import NetworkSpec
from guiapp.core.repairs import repaired
from tests.random_networks import SLOW, mended, networks, wild_networks

CLASSES = st.sampled_from([None, 2, 5])


def check_mending(spec: NetworkSpec, classes: int | None) -> None:
    whole = mended(spec, classes)
    assert analyse(whole, classes).errors == ()
    assert analyse(flat(whole), classes).errors == ()


@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
@given(wild_networks(), CLASSES)
def test_the_first_repairs_mend_everything(spec: NetworkSpec, classes: int | None) -> None:
    check_mending(spec, classes)


@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
@given(wild_networks(), CLASSES, st.data())
def test_any_repairs_leave_what_can_be_mended(spec: NetworkSpec, classes: int | None, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 12))):
        choices = [(p, r) for p in analyse(spec, classes).problems for r in p.repairs]
        if not choices:
            break
        problem, repair = data.draw(st.sampled_from(choices))
        spec = repaired(spec, problem, repair)
    check_mending(spec, classes)


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(networks(), CLASSES)
def test_warnings_are_mended_too(spec: NetworkSpec, classes: int | None) -> None:
    check_mending(spec, classes)


@pytest.mark.long
@pytest.mark.timeout(7200)
@settings(max_examples=5000, deadline=None, suppress_health_check=SLOW)
@given(wild_networks(16), CLASSES, st.data())
def test_many_repairs(spec: NetworkSpec, classes: int | None, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, 25))):
        choices = [(p, r) for p in analyse(spec, classes).problems for r in p.repairs]
        if not choices:
            break
        problem, repair = data.draw(st.sampled_from(choices))
        spec = repaired(spec, problem, repair)
    check_mending(spec, classes)
