"""Networks out of scripts, which are read and never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiapp.core.keras_files import Imported, read
from guiapp.core.keras_files.script import imported_script
from guiapp.core.notify import UserError

SEQUENTIAL = """
import tensorflow as tf
from tensorflow.keras import layers as L
from tensorflow.keras.layers import Conv2D, MaxPool2D
SIDE = 28
CLASSES = ["a", "b", "c"]
epochs = 7
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(SIDE, SIDE, 1)))
model.add(L.Rescaling(1.0 / 255))
model.add(Conv2D(2 * 8, (3, 3), activation=tf.nn.relu, kernel_regularizer=tf.keras.regularizers.l2(1e-3)))
model.add(MaxPool2D())
if SIDE > 20:
    print("not known, and touches no layer")
model.add(L.Flatten())
model.add(L.Dense(len(CLASSES)))
optimizer = tf.keras.optimizers.SGD(1e-2, momentum=0.9)
model.compile(optimizer=optimizer, loss="mse")
for step in range(3):
    print(step)
model.fit(None, epochs=epochs, batch_size=16)
"""
FUNCTIONAL = """
import keras
from keras import layers

def build(classes=4, drop=-(-0.25)):
    inputs = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", name="c1", kernel_initializer=keras.initializers.HeNormal())(inputs)
    y = layers.Conv2D(8, kernel_size=1, name="c2")(inputs)
    x = x + y
    x = layers.concatenate([x, y], name="both")
    unused = layers.Dense(3, name="unused")(x)
    x = keras.Sequential([layers.GlobalAveragePooling2D(), layers.Dropout(drop)], name="head")(x)
    return keras.Model(inputs, layers.Dense(classes, name="out")(x))
"""


def imported(text: str) -> Imported:
    return imported_script(text.encode())


def fields(found: Imported) -> list[tuple[Any, ...]]:
    return [(layer.kind, layer.name, layer.inputs) for layer in found.network.layers]


def test_a_list_of_layers_is_read_with_its_names_numbers_and_training() -> None:
    found = imported(SEQUENTIAL)
    image, conv, pool, _flatten, dense = found.network.layers
    assert (image.kind, image.scaling, image.height) == ("Input", "1/255", 28)  # type: ignore[attr-defined]
    assert (conv.filters, conv.padding, conv.activation) == (16, "valid", "relu")  # type: ignore[attr-defined]
    assert conv.kernel_reg.l2 == 1e-3 and conv.kernel_reg.l1 == 0  # type: ignore[attr-defined]
    assert (pool.stride, dense.units) == ((2, 2), 3)  # type: ignore[attr-defined]
    assert dict(found.training) == {
        "optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.9, "epochs": 7, "batch": 16
    }  # fmt: skip
    assert found.notes == ()


def test_a_function_with_branches_is_read() -> None:
    found = imported(FUNCTIONAL)
    assert fields(found) == [
        ("Input", "image", ()),
        ("Conv2D", "c1", ()),
        ("Conv2D", "c2", ("image",)),
        ("Add", found.network.layers[3].name, ("c1", "c2")),
        ("Concatenate", "both", (found.network.layers[3].name, "c2")),
        ("Group", "head", ()),
        ("Dense", "out", ()),
    ]
    assert found.network.layers[-1].units == 4  # type: ignore[attr-defined]
    assert found.network["c1"].kernel_init.scheme == "he_normal"  # type: ignore[attr-defined]
    assert any(note.startswith("unused is left out") for note in found.notes)


def test_edits_are_followed() -> None:
    text = FUNCTIONAL.replace("Conv2D(8, 3", "Conv2D(24, 5").replace("    x = x + y\n", "    # x = x + y\n")
    found = imported(text)
    assert (found.network["c1"].filters, found.network["c1"].kernel) == (24, (5, 5))  # type: ignore[attr-defined]
    assert not any(layer.kind == "Add" for layer in found.network.layers)
    assert found.network["both"].inputs == ("c1", "c2")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("x = x + y", "x = layers.Lambda(lambda v: v)(x)", "line 9: a lambda is code, which is never run"),
        ("x = x + y", 'x = layers.Lambda("f")(x)', "line 9: Lambda holds code of its own, which is never run"),
        ("x = x + y", "x = block(x)", "line 9: “block” is code, which is never run"),
        ("x = x + y", "x = keras.ops.abs(x)", "line 9: “keras.ops.abs” is code"),
        ("x = x + y", "x = x * 2.0", "line 9: this computes with what layers give"),
        ("x = x + y", "for i in range(2):\n        x = layers.ReLU()(x)", "line 10: layers are made or used inside a"),
        ("x = x + y", "x = layers.Sparkle()(x)", "line 9: Sparkle is no layer of Keras"),
        ("x = x + y", "x = layers.LSTM(3)(x)", "line 9: LSTM is a layer of Keras that the form does not have"),
        ("x = x + y", "x = layers.ReLU(1, 2, 3, 4)(x)", "line 9: ReLU is given more than it takes"),
        ("x = x + y", "c = layers.ReLU()\n    x = c(c(x))", "line 9: ReLU is used twice"),
        ("x = x + y", "x = layers.Conv2D(width(), 3)(x)", "line 9: “width” is code"),
        ("x = x + y", "x = layers.Conv2D(10 ** 10 ** 10, 3)(x)", "line 9: this arithmetic is not done here"),
        ("x = x + y", "x = layers.Conv2D(-3, 3)(x)", "filters: must be at least 1"),
        ('name="c2"', 'name="c1"', "two layers are called “c1”"),
        ("keras.Model(inputs,", "keras.Model([inputs, inputs],", "the model has 2 inputs"),
        ("return keras.Model", "return (", "line 13: "),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_named_with_its_line(old: str, new: str, words: str) -> None:
    assert old in FUNCTIONAL
    with pytest.raises(UserError) as caught:
        imported(FUNCTIONAL.replace(old, new))
    assert words in caught.value.sentence and caught.value.mend


def test_nothing_is_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    path = tmp_path / "s.py"
    path.write_text(f"open({str(trap)!r}, 'w')\n__import__('os').mkdir({str(trap)!r} + '2')\n{FUNCTIONAL}")
    assert len(read(path).network.layers) == 7
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["s.py"]


BOMBS = {
    "null": b"import keras\0",
    "encoding": b"# coding: nonsense\nimport keras",
    "bytes": b"x = '\xff\xfe'",
    "brackets": b"x = " + b"(" * 5000,
    "chain": b"x = " + b"1+" * 200_000 + b"1",
    "signs": b"x = " + b"-" * 100_000 + b"1",
    "attributes": b"x = a" + b".a" * 100_000,
    "digits": b"x = " + b"9" * 10_000,
    "empty": b"",
    "indents": b"".join(b" " * i + b"if x:\n" for i in range(150)),
    "doubling": b"a = [1]\n" + b"a = a + a\n" * 60 + b"b = (a, a)\n" * 3 + b"import keras\n",
    "no model": b"import keras\nprint(1)\n",
}


@pytest.mark.parametrize("case", BOMBS)
def test_hostile_scripts_are_refused_in_words(case: str) -> None:
    with pytest.raises(UserError) as caught:
        imported_script(BOMBS[case])
    assert caught.value.mend and "did not foresee" not in caught.value.sentence


def test_values_that_hold_each_other_many_times_are_no_burden() -> None:
    text = "\n".join(["a = (1, 1)", *["a = (a, a)"] * 60])
    with pytest.raises(UserError, match="holds more than"):
        imported(FUNCTIONAL.replace("def build", text + "\n\ndef build").replace("Conv2D(8, 3", "Conv2D(a, 3"))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_line_changed_gives_a_network_or_a_sentence(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from([SEQUENTIAL, FUNCTIONAL])).splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    start = data.draw(st.integers(0, len(lines[at])))
    junk = data.draw(
        st.sampled_from(["", "x", "(", ")", "-1", "None", "[x]", "'a'", "**x", "*x", "x=", ".a", "{}", "\\", '"'])
    )
    lines[at] = lines[at][:start] + junk + lines[at][start + data.draw(st.integers(0, 6)) :]
    try:
        found = imported("\n".join(lines))
    except UserError as exc:
        assert exc.what and exc.mend
    else:
        assert found.network.layers
