"""What is said of the changes made to images before the network sees them."""

from __future__ import annotations

import pytest

from guiapp.core.augmentation import COLOUR, Augmentation, described
from guiapp.core.dataset_settings import Balance


@pytest.mark.parametrize(
    ("augmentation", "balance", "words"),
    [
        (Augmentation(), "none", ""),
        (Augmentation(fill="mirror"), "none", ""),
        (Augmentation(flip_vertical=True), "none", "Training images are flipped at random."),
        (
            Augmentation(flip_horizontal=True, shift_y=2, rotation=10),
            "class weights",
            "Training images are flipped, shifted and rotated at random; those of small classes count for more.",
        ),
        (Augmentation(noise=4, cutout=0.2), "none", "Training images are given grain and partly covered at random."),
        (Augmentation(), "balanced sampling", "Images of small classes are shown more often."),
    ],
)
def test_what_is_done_to_images_is_one_sentence(augmentation: Augmentation, balance: Balance, words: str) -> None:
    assert described(augmentation, balance) == words


@pytest.mark.parametrize("name", [name for name in Augmentation.model_fields if name != "fill"])
def test_every_change_is_spoken_of(name: str) -> None:
    flag = isinstance(Augmentation.model_fields[name].default, bool)
    whole = isinstance(Augmentation.model_fields[name].default, int)
    text = described(Augmentation(**{name: True if flag else 1 if whole else 0.5}), "none")
    assert text.startswith("Training images are ") and text.endswith(" at random.")
    assert ("recoloured" in text) == (name in COLOUR)
