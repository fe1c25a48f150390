"""What the reading of a table of labels can be told."""

from __future__ import annotations

from guiapp.core.layers.base import Words, field

ANY = "any"
"""A folder or an ending that differs from image to image."""

NONE = "none"
"""The ending that is added where the table has whole names; the column of splits where it has none."""

TOP = "."
"""The folder that was chosen, as a table's folder."""


class TableOptions(Words):
    """How a table speaks of its images; what is empty is found by looking."""

    table: str = field("", "Table", "The file that says which label each image has.")
    file_column: str = field("", "Image column", "The column that names the images.")
    label_column: str = field("", "Label column", "The column that holds the labels.")
    split_column: str = field(
        "", "Split column", f"The column that says train, validation or test; “{NONE}” where there is none."
    )
    folder: str = field(
        "", "Folder", f"Where the images are, seen from the chosen folder: “{TOP}” is that itself, “{ANY}” all in it."
    )
    extension: str = field(
        "",
        "File ending",
        f"What is added to the names, as “.png”: “{NONE}” where they are whole, “{ANY}” where endings differ.",
    )
