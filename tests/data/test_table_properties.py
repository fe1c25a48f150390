"""Whatever a table holds: a dataset or a sentence, soon; and what is written as a table is read as it was meant."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiapp.core.notify import UserError
from guiapp.data.dataset import Dataset
from guiapp.data.importers.table_reading import parse
from guiapp.data.opening import open_dataset

NAMES = ("a", "b c", "d,e", "f;g", "h'i", "ü", "10", "9")
PARTS = (*NAMES, ",", ";", "\t", '"', "\n", "\r", "train", "a.png", "../a", "/", "\0")
LABELS = st.sampled_from(["x", "y, z", "u;v", 'say "w"', "line\nbreak"])
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0,;\t\r"), min_size=1, max_size=12)
SMALL = settings(max_examples=60, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("table")
    (root / "images").mkdir()
    for name in NAMES:
        (root / f"images/{name}.png").write_bytes(b"x")
    return root


@SMALL
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(
            st.sampled_from([*NAMES, ",", ";", "\t", '"', "\n", "\r", "train", "", "a.png", "../a", "/", "\0"])
        ).map(lambda parts: "".join(parts).encode()),
    )
)
def test_any_bytes_are_a_dataset_or_a_sentence(folder: Path, data: bytes) -> None:
    (folder / "t.csv").write_bytes(data)
    try:
        dataset = open_dataset(folder, "table")
    except UserError as exc:
        assert exc.where and exc.mend
    else:
        assert isinstance(dataset, Dataset)
        assert len(dataset) >= 2
        assert all(path in {f"images/{name}.png" for name in NAMES} for path in dataset.paths)
        assert dataset.options is not None
        dataset.options.model_dump_json()


@SMALL
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=12),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_rows_come_back_as_they_were_written(
    rows: list[tuple[str, str, str]], delimiter: str, quoting: Literal[0, 1], ending: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerows([("one", "two", "three"), *rows])
    assert parse(text.getvalue(), "").cells == [["one", "two", "three"], *map(list, rows)]


@SMALL
@given(
    st.dictionaries(
        st.sampled_from(NAMES), st.sampled_from(["x", "y, z", "u;v", 'say "w"', "line\nbreak"]), min_size=2
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
    st.sampled_from(["{}", "{}.png", "images/{}.png"]),
)
def test_drawn_tables_are_read_as_they_were_meant(
    folder: Path,
    labels: dict[str, str],
    delimiter: str,
    quoting: Literal[0, 1, 2],
    ending: str,
    encoding: str,
    header: bool,
    called: str,
) -> None:
    if not header:  # nobody could say which of two signs is meant that are in every row
        labels = {name: label.replace(",", "").replace(";", "") for name, label in labels.items()}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    if header:
        writer.writerow(("id", "label"))
    writer.writerows((called.format(name), label) for name, label in labels.items())
    (folder / "t.csv").write_bytes(text.getvalue().encode(encoding))
    if len(set(labels.values())) < 2:
        with pytest.raises(UserError, match="has only one label"):
            open_dataset(folder, "table")
        return
    dataset = open_dataset(folder, "table")
    found = {path: dataset.class_names[label] for path, label in zip(dataset.paths, dataset.labels, strict=True)}
    assert found == {f"images/{name}.png": " ".join(label.split()) for name, label in labels.items()}
