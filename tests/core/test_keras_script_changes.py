"""What a script does to layers where it is not followed is refused or told, and hostile scripts end soon."""

from __future__ import annotations

import time

import pytest

from guiapp.core.keras_files import Imported
from guiapp.core.keras_files.script import imported_script
from guiapp.core.notify import UserError

HEAD = "import keras\nfrom keras import layers\ni = keras.Input((8, 8, 3))\n"
LISTED = f"{HEAD}m = keras.Sequential([i, layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])\n"
PARTS = f"{HEAD}s = [i, layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)]\n"
BUILT = "m = keras.Sequential(s)\n"
TAKEN = f"{HEAD}x = layers.Conv2D(8, 3)(i)\n"
GIVEN = "m = keras.Model(i, layers.Dense(10)(layers.Flatten()(x)))\n"


def imported(text: str) -> Imported:
    return imported_script(text.encode())


def kinds(text: str) -> list[str]:
    return [layer.kind for layer in imported(text).network.layers]


UNFOLLOWED = {
    "loop that applies": f"{TAKEN}for f in (16, 32):\n    x = layers.Conv2D(f, 3)(x)\n{GIVEN}",
    "loop that applies after another model": f"{TAKEN}b = keras.Model(i, x)\nfor f in (1,):\n    x = b(x)\n{GIVEN}",
    "loop that adds": f"{LISTED}for f in (16, 32):\n    m.add(layers.Dense(f))\n",
    "loop that adds what is there": f"{LISTED}d = layers.Dense(3)\nwhile True:\n    m.add(d)\n",
    "choice": f"{TAKEN}deep = len('ab') > 1\nif deep:\n    x = layers.Conv2D(8, 3)(x)\n{GIVEN}",
    "try": f"{HEAD}x = i\ntry:\n    x = layers.Conv2D(8, 3)(i)\nexcept Exception:\n    pass\n{GIVEN}",
    "match": f"{TAKEN}match a:\n    case 1:\n        x = layers.ReLU()(x)\n{GIVEN}",
    "comprehension": f"{LISTED}[m.add(layers.Dense(f)) for f in (16, 32)]\n",
    "choice in an expression": f"{LISTED}m.add(layers.Dense(3)) if a else None\n",
    "and": f"{LISTED}a and m.add(layers.Dense(3))\n",
    "map": f"{LISTED}list(map(m.add, [layers.Dense(3)]))\n",
    "method by a name": f"{LISTED}add = m.add\nadd(layers.Dense(3))\n",
    "setattr": f"{TAKEN}c = layers.Conv2D(8, 3)\nsetattr(c, 'strides', 2)\nx = c(x)\n{GIVEN}",
    "exec": f"{LISTED}exec('m.pop()')\n",
    "insert": f"{PARTS}s.insert(1, layers.Conv2D(8, 3))\n{BUILT}",
    "reverse": f"{PARTS}s.reverse()\n{BUILT}",
    "del": f"{PARTS}del s[1]\n{BUILT}",
    "item": f"{PARTS}s[1] = layers.Conv2D(9, 3)\n{BUILT}",
    "item by another name": f"{PARTS}a = s\na[1] = layers.Conv2D(9, 3)\n{BUILT}",
    "item +=": f"{PARTS}s[1] += 1\n{BUILT}",
    "list that a loop fills": f"{HEAD}s = [i]\nfor f in (1, 2):\n    s.append(f)\n{BUILT}",
    "attribute": f"{TAKEN}c = layers.Conv2D(8, 3)\nc.strides = (2, 2)\nx = c(x)\n{GIVEN}",
    "attribute in a loop": f"{PARTS}for c in s:\n    c.strides = 2\n{BUILT}",
    "layers of a model": f"{LISTED}m.layers.pop()\n",
    "layer of a model": f"{LISTED}m.get_layer('a').activation = 1\n",
    "unknown method": f"{LISTED}m.sparkle()\n",
    "function": f"def more(net):\n    net.add(layers.Dense(3))\n{LISTED}more(m)\n",
    "function of functions": f"def a(n):\n    n.add(1)\ndef b(n):\n    a(n)\n{LISTED}b(m)\n",
    "function without arguments": f"def more():\n    m.add(layers.Dense(3))\n{LISTED}more()\n",
    "global": f"def more():\n    global x\n    x = layers.ReLU()(x)\n{TAKEN}more()\n{GIVEN}",
    "failed add": f"{LISTED}m.add(layers.ReLU()(a))\n",
    "failed add to the model": f"{LISTED}model = m\nmodel.add(layers.ReLU()(a))\n",
    "failed model": f"{TAKEN}b = keras.Model(i, x)\nm = keras.Model(i, unknown(x))\n",
    "model that is code": f"{TAKEN}b = keras.Model(i, x)\nmodel = wrapped(b)\n",
    "dictionary": f"d = {{'units': 3}}\nd.update(a)\n{TAKEN}x = layers.Dense(**d)(x)\n{GIVEN}",
    "return": f"{HEAD}def build():\n    a = keras.Sequential([i, layers.ReLU()])\n    b = keras.Sequential([i])\n"
    "    if c:\n        return a\n    return b\n",
}  # fmt: skip


@pytest.mark.parametrize("case", UNFOLLOWED)
def test_what_is_not_followed_is_refused_with_its_line(case: str) -> None:
    with pytest.raises(UserError) as caught:
        imported(UNFOLLOWED[case])
    assert caught.value.what.startswith("line ") and caught.value.mend


USUAL = ["Input", "Conv2D", "Flatten", "Dense"]
FOLLOWED = {
    "extend": (f"{PARTS}s.extend([layers.ReLU()])\n{BUILT}", [*USUAL, "Activation"]),
    "+= by another name": (f"{PARTS}a = s\na += [layers.ReLU()]\n{BUILT}", [*USUAL, "Activation"]),
    "pop": (f"{LISTED}m.pop()\n", USUAL[:-1]),
    "add of the class": (f"{LISTED}keras.Sequential.add(m, layers.ReLU())\n", [*USUAL, "Activation"]),
    "training": (f"{LISTED}m.compile('adam')\nfor e in a:\n    m.fit(e)\n    h.append(m.evaluate(e))\n", USUAL),
    "other lists": (f"{LISTED}names = ['b', 'a']\nnames.sort()\nfor a in b:\n    names.append(a)\n", USUAL),
    "rate": (f"{LISTED}m.optimizer.learning_rate = 1e-4\nm.stop_training = True\n", USUAL),
    "function that shows": (f"def show(net):\n    rows = []\n    rows.append(net.name)\n{LISTED}show(m)\n", USUAL),
    "del of a name": (f"{LISTED}del m\n", USUAL),
    "imports that are tried": (f"try:\n    import tensorflow.keras as K\nexcept ImportError:\n    import keras as K\n"
                               f"{LISTED.replace('layers.Conv2D', 'K.layers.Conv2D')}", USUAL),
    "afterwards": (f"{TAKEN}{GIVEN.replace('m =', 'model =')}k = keras.Model(i, [x, x])\n", USUAL),
}  # fmt: skip


@pytest.mark.parametrize("case", FOLLOWED)
def test_what_does_nothing_to_the_layers_or_is_followed_is_read(case: str) -> None:
    text, wanted = FOLLOWED[case]
    assert kinds(text) == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{TAKEN}x = layers.Dropout(0.5)(x, training=True)\n{GIVEN}", "Line 5: training=True is left out where Drop"),
        (f"{TAKEN}x = layers.ReLU()(x, 3)\n{GIVEN}", "Line 5: 3 is left out where ReLU is used"),
        (f"{LISTED}m.trainable = False\n", "Line 5: “m” was not to be trained; here it is"),
        (f"{LISTED}for c in m.layers[:2]:\n    c.trainable = False\n", "Line 6: “m” was not to be trained"),
        (f"from other import more\n{LISTED}more(m)\n", "Line 6: what “other.more” does to the model is not followed"),
        (f"{HEAD}b = keras.applications.VGG16(include_top=False)\nb.trainable = False\nx = b(i)\n{GIVEN}",
         "are trained, and its weights, are to be chosen here again"),
    ],
)  # fmt: skip
def test_what_is_left_out_of_a_script_is_told(text: str, words: str) -> None:
    assert sum(words in note for note in imported(text).notes) == 1


def test_what_the_network_does_anyhow_is_not_told() -> None:
    plain = imported(TAKEN + GIVEN).notes
    assert imported(f"{HEAD}x = layers.Conv2D(8, 3)(i, training=None)\n{GIVEN}").notes == plain
    frozen = HEAD + "x = keras.applications.VGG16(include_top=False)(i, training={})\n" + GIVEN
    assert not any("training=" in note for note in imported(frozen.format(False)).notes)
    assert any("training=True is left out where VGG16" in note for note in imported(frozen.format(True)).notes)


def nested(first: str, step: str, number: int, last: str = "") -> str:
    """A script whose models hold each other: {0} and {1} in `step` are the numbers of a model and the one before."""
    return HEAD + first + "".join(step.format(n + 1, n) + "\n" for n in range(number)) + last


LIST, MODEL = "m0 = keras.Sequential([layers.ReLU()])\n", "m0 = keras.Model(i, layers.ReLU()(i))\n"
DOUBLED = HEAD + "a = [1]\n" + "a = a + a\n" * 13
HOSTILE = {
    "lists in lists": (nested(LIST, "m{0} = keras.Sequential([m{1}, m{1}, m{1}, m{1}, m{1}, m{1}])", 7,
                              "m = keras.Sequential([i, m7])\n"), "2,000 layers"),
    "lists without end": (nested(LIST, "m{0} = keras.Sequential([m{1}, m{1}])", 60,
                                 "m = keras.Sequential([i, m60])\n"), "more than 8 deep"),
    "itself": (HEAD + "m = keras.Sequential([i])\nm.add(m)\n", "more than 8 deep"),
    "models in models": (nested(MODEL, "m{0} = keras.Model(i, m{1}(m{1}(m{1}(m{1}(i)))))", 30), "2,000 layers"),
    "models without end": (nested(MODEL, "m{0} = keras.Model(i, m{1}(i))", 300), "more than 8 deep"),
    "many layers": (HEAD + "x = i\n" + "x = layers.ReLU()(x)\n" * 2500 + GIVEN, "2,000 layers"),
    "long list": (HEAD + "a = [" + "1," * 900_000 + "]\n", "longer than any script"),
    "many lines": (HEAD + "a\n" * 200_000, "longer than any script"),
    "many parts": (HEAD + "-a;" * 31_000 + "a\n", "longer than any script"),
    "large lists": (DOUBLED + "b = a\n" * 2000, "longer than any network"),
    "large lists in one": (DOUBLED + "b = [" + "*a, " * 9000 + "]\n", "longer than any network"),
    "list of 10,000": (HEAD + "a = [" + "1," * 20_000 + "]\nx = layers.Dense(a)(i)\n" + GIVEN, "more than 10,000"),
    "functions": ("def f0(a):\n    a.add(1)\n"
                  + "".join(f"def f{n + 1}(a): f{n}(a); f{n}(a); f{n}(a)\n" for n in range(40))
                  + f"{LISTED}f40(m)\n", "“f40” is a function"),
    "list of itself": (f"{HEAD}s = [i]\ns.append(s)\ns.reverse()\n{BUILT}", "line 6"),
    "failures": (LISTED + "m.sparkle()\n" * 5000, "sparkle"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_scripts_that_grow_without_bounds_end_soon(case: str) -> None:
    text, words = HOSTILE[case]
    begin = time.process_time()
    with pytest.raises(UserError) as caught:
        imported(text)
    assert words in caught.value.sentence
    assert time.process_time() - begin < 5  # a slow machine; what is not bounded takes minutes


def test_as_many_layers_as_a_network_may_have_are_read() -> None:
    parts = "".join("m.add(layers.ReLU())\n" for _ in range(1999))
    assert len(kinds(f"{HEAD}m = keras.Sequential([i])\n{parts}")) == 2000
