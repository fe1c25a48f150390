"""A folder of images with a table that says which label each has, as competitions hand them out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guiapp.core.notify import UserError
from guiapp.data.dataset import TRAIN, Dataset
from guiapp.data.importers.labelled import Account, Choices, check_labels, check_place, head_of, made, read_text
from guiapp.data.importers.naming import in_order, split_in
from guiapp.data.importers.scanning import Scan
from guiapp.data.importers.table_guessing import Naming, namings
from guiapp.data.importers.table_likeness import SUFFIXES, likeness
from guiapp.data.importers.table_options import ANY, NONE, TOP, TableOptions
from guiapp.data.importers.table_plan import Place, Plan, plan
from guiapp.data.importers.table_reading import parse, parse_head
from guiapp.data.importers.table_rows import check, labelled, match, tell
from guiapp.data.work import Cancel, Progress

_MOST_CHOICES = 200
_MOST_TABLES = 10
_HEAD_ROWS = 50


class Table:
    """Images in folders and a CSV or TSV file of their names and labels, as ``train/1.png`` and ``trainLabels.csv``.

    Which table, which columns, which folder and which ending is found by trying against the images that are there.
    """

    name = "table"
    title = "Images with a table of labels"
    options = TableOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.8 where the beginning of a table names images that are there; little where it does not."""
        return likeness(path)

    def open(self, path: Path, options: TableOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read the table and which images there are; see `Importer.open`."""
        root = path if path.is_dir() else path.parent
        scan = Scan(str(root), progress, cancel)
        scan.images_in("")
        if not scan.paths:
            raise UserError("holds no images", where=root, mend="Choose the folder that holds the images and the table")
        tables = _tables(scan.texts, path)
        name = options.table or (path.name if path.is_file() else _likeliest(root, tables, scan.paths))
        place = _place(root, name, tables)
        text, warning = read_text(place.path)
        rows = parse(text, place.path, cancel)
        how = plan(rows, scan.paths, place, options)
        found = match(rows, how, place, cancel)
        check(found)
        images = labelled(found, scan.paths)
        check_labels(images.labels, place.path, "Choose the column that holds the labels")
        account = Account(list(scan.skipped), [warning] if warning else [])
        tell(account, found, scan.paths)
        return made(self.name, images, account, _filled(name, how), _choices(tables, how, scan.paths))


def _tables(texts: Sequence[str], path: Path) -> list[str]:
    """Return every table there is, those least deep first."""
    found = [text for text in in_order(texts) if text.lower().endswith(SUFFIXES)]
    if path.is_file() and path.name not in found:
        found.append(path.name)
    return sorted(found, key=lambda text: text.count("/"))


def _place(root: Path, name: str, tables: Sequence[str]) -> Place:
    """Return where the table is, once it is sure that it is a file inside the folder."""
    shown = ", ".join(f"“{table}”" for table in tables[:_MOST_TABLES])
    mend = f"Choose one of: {shown}" if tables else "Choose the folder that holds the table"
    check_place(root, name, "table", mend)
    return Place(root, name)


def _likeliest(root: Path, tables: Sequence[str], paths: Sequence[str]) -> str:
    """Return the table that speaks of the images and is called as one of training labels is."""
    if not tables:
        raise UserError(
            "holds no table of labels",
            where=root,
            mend="Put a file labels.csv beside the images, with a column of file names and one of labels",
        )
    if len(tables) == 1:
        return tables[0]
    return max(tables[:_MOST_TABLES], key=lambda table: (*_worth(Place(root, table), paths), -tables.index(table)))


def _worth(place: Place, paths: Sequence[str]) -> tuple[bool, bool, bool, float]:
    rows = parse_head(head_of(place.path))
    share = 0.0
    if rows is not None and rows.cells:
        sample = rows.sample(_HEAD_ROWS)
        columns = [[place.cleaned(cell) for cell in column] for column in zip(*sample, strict=False)]
        share = max(count for count, _ in namings(columns, paths, place.name, Naming("", ""))) / len(sample)
    name = place.path.name.lower()
    return share >= 0.5, "submission" not in name, "label" in name or split_in(name) == TRAIN, share


def _filled(table: str, how: Plan) -> TableOptions:
    return TableOptions(
        table=table,
        file_column=how.names[how.file],
        label_column=how.names[how.label],
        split_column=NONE if how.split is None else how.names[how.split],
        folder=how.naming.folder,
        extension=how.naming.extension,
    )


def _choices(tables: Sequence[str], how: Plan, paths: Sequence[str]) -> Choices:
    folders = in_order(path.rpartition("/")[0] for path in paths)
    endings = in_order(path[path.rfind(".") :] for path in paths)
    return {
        "table": tuple(tables[:_MOST_CHOICES]),
        "file_column": how.names,
        "label_column": how.names,
        "split_column": (NONE, *how.names),
        "folder": (TOP, *[folder for folder in folders if folder][:_MOST_CHOICES], ANY),
        "extension": (NONE, *endings, ANY),
    }


importer = Table()
