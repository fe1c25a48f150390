"""Whatever was wrong with a network, and in whatever order it was mended: Keras builds it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiapp.core.analysis import analyse
from guiapp.core.network import NetworkSpec
from guiapp.core.repairs import repaired
from guiapp.engine.build import build
from tests.random_networks import SLOW, mended, wild_networks


def check_builds(spec: NetworkSpec, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, 6))):
        choices = [(p, r) for p in analyse(spec, 3).problems for r in p.repairs]
        if choices:
            spec = repaired(spec, *data.draw(st.sampled_from(choices)))
    spec = mended(spec, 3)
    assert tuple(build(spec, 3).model.output.shape) == (None, 3)


@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
@given(wild_networks(), st.data())
def test_a_mended_network_is_built(spec: NetworkSpec, data: st.DataObject) -> None:
    check_builds(spec, data)


@pytest.mark.long
@pytest.mark.timeout(7200)
@settings(max_examples=1000, deadline=None, suppress_health_check=SLOW)
@given(wild_networks(12), st.data())
def test_many_mended_networks_are_built(spec: NetworkSpec, data: st.DataObject) -> None:
    check_builds(spec, data)
