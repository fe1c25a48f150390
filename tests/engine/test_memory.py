"""How much memory there is, inside containers and outside."""

from __future__ import annotations

import ctypes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.memory import needs
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import TrainingSettings
from guiapp.engine import backend, memory, room

GROUPS = [
    (0, {"memory.max": "1000", "memory.current": "950"}, ""),
    (1, {"memory.limit_in_bytes": "1000", "memory.usage_in_bytes": "950"}, "total_"),
]


def use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    groups = [(folder / str(i), *rest) for i, (_, *rest) in enumerate(room.CONTROL_GROUPS)]
    monkeypatch.setattr(room, "CONTROL_GROUPS", groups)


@pytest.mark.parametrize(("number", "rows", "prefix"), GROUPS)
def test_cached_files_of_a_container_count_as_free(
    number: int, rows: dict[str, str], prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tmp_path)
    assert room._control_group() is None
    folder = tmp_path / str(number)
    folder.mkdir()
    for name, text in rows.items():
        (folder / name).write_text(text + "\n")
    assert room._control_group() == 50
    (folder / "memory.stat").write_text(f"anon 100\n{prefix}inactive_file 600\n{prefix}active_file 200\n")
    assert room._control_group() == 850


def test_a_container_without_a_limit_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, tmp_path)
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "memory.max").write_text("max\n")
    (tmp_path / "0" / "memory.current").write_text("950\n")
    assert room._control_group() is None


@pytest.mark.parametrize(("free", "words"), [(3_000_000, "3.0 MB"), (60_000_000, "60 MB"), (1_200_000_000, "1.2 GB")])
def test_sizes_are_said_in_a_unit_that_shows_them(free: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: free)
    layers = [
        {"kind": "Input", "name": "image", "height": 100, "width": 100},
        {"kind": "Flatten", "name": "flatten1"},
        {"kind": "Dense", "name": "dense1", "units": 100_000},
    ]
    with pytest.raises(UserError, match=f"but {words} of memory is free"):
        memory.check(analyse(NetworkSpec.model_validate({"layers": layers})))


CARDS = (("Small GPU", "GPU-a", 8, 1), ("Large GPU", "GPU-b", 80, 70), ("Large GPU", "GPU-c", 80, 60))
"""Of each: its name and identity, its bytes, and how many of them are free."""


class Library:
    """Answers as NVIDIA's library does."""

    def nvmlInit_v2(self) -> int:
        return 0

    def nvmlShutdown(self) -> int:
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = len(CARDS)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, number: int, handle: Any) -> int:
        handle._obj.value = number + 1
        return int(number >= len(CARDS))

    def nvmlDeviceGetHandleByUUID(self, identity: bytes, handle: Any) -> int:
        known = [card[1].encode() for card in CARDS]
        handle._obj.value = known.index(identity) + 1 if identity in known else None
        return int(identity not in known)

    def nvmlDeviceGetName(self, handle: Any, text: Any, _most: int) -> int:
        text.value = CARDS[handle.value - 1][0].encode()
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle: Any, found: Any) -> int:
        found._obj.total, found._obj.free = CARDS[handle.value - 1][2:]
        return 0


@pytest.mark.parametrize(
    ("visible", "name", "size"),
    [
        ("", "Large GPU", (80, 70)),
        ("", "Small GPU", (8, 1)),
        ("", "another", (8, 1)),
        ("2", "Large GPU", (80, 60)),
        ("0", "Large GPU", (80, 70)),
        ("9", "another", (None, None)),
        ("GPU-c", "Small GPU", (80, 60)),
        ("GPU-z", "Small GPU", (None, None)),
    ],
)
def test_the_gpu_that_is_used_is_asked(
    visible: str, name: str, size: tuple[int | None, int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_library", Library)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert (room.of_gpu(name), room.free_of_gpu(name)) == size


def test_without_nvidias_library_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert room.of_gpu("GPU") is None
    assert backend.free_on_gpu() is None


def gpu_with(monkeypatch: pytest.MonkeyPatch, free: int, held: dict[str, int] | None) -> None:
    """Let the GPU have so many bytes free, and TensorFlow hold so many there."""

    def info(_name: str) -> dict[str, int]:
        if held is None:
            raise ValueError("there is no such device")
        return held

    config = SimpleNamespace(experimental=SimpleNamespace(get_memory_info=info))
    monkeypatch.setattr(backend, "tensorflow", lambda: SimpleNamespace(config=config))
    monkeypatch.setattr(backend, "device", lambda: SimpleNamespace(name="GPU", kind="gpu"))
    monkeypatch.setattr(room, "free_of_gpu", lambda _name: free)


def test_what_tensorflow_holds_on_the_gpu_and_does_not_use_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu_with(monkeypatch, 100, None)
    assert backend.free_on_gpu() == 100
    gpu_with(monkeypatch, 100, {"current": 30, "peak": 900})
    assert backend.free_on_gpu() == 970


def small() -> Any:
    layers = [
        {"kind": "Input", "name": "image", "height": 100, "width": 100},
        {"kind": "Flatten", "name": "flatten1"},
        {"kind": "Dense", "name": "dense1", "units": 1000},
    ]
    return analyse(NetworkSpec.model_validate({"layers": layers}))


def test_training_again_is_not_refused_for_what_the_first_training_took(monkeypatch: pytest.MonkeyPatch) -> None:
    size = needs(small(), 10).total
    gpu_with(monkeypatch, 1000, {"current": 0, "peak": size})
    memory.check_training(small(), TrainingSettings(batch=10), images=10, gpu=True)
    gpu_with(monkeypatch, 1000, {"current": size, "peak": size})
    with pytest.raises(UserError, match="on the GPU"):
        memory.check_training(small(), TrainingSettings(batch=10), images=10, gpu=True)


@pytest.mark.parametrize(("share", "refused"), [(0.69, True), (0.71, False), (1.4, False)])
def test_training_is_refused_only_where_it_surely_does_not_fit(
    share: float, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = int(needs(small(), 10).total * share)
    monkeypatch.setattr(memory, "available", lambda: free)
    try:
        memory.check_training(small(), TrainingSettings(batch=10), images=10, gpu=False)
    except UserError as exc:
        assert refused, exc.sentence
    else:
        assert not refused
