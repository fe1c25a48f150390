"""Parts that several layer kinds share: windows that slide, initialisers, activations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from guiapp.core.layers.base import Part, Repair, ShapeError, field

Padding = Literal["same", "valid"]
Activation = Literal[
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "hard_silu",
    "mish",
    "tanh",
    "sigmoid",
    "hard_sigmoid",
    "softmax",
    "softplus",
    "softsign",
]
Side = Annotated[int, Field(ge=1, le=1024)]
Pair = tuple[Side, Side]
"""(height, width), each from 1 to 1024."""

ACTIVATION_HELP = "What is done to each number that comes out. ReLU keeps what is positive and drops the rest."

Scheme = Literal[
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "random_normal",
    "truncated_normal",
    "random_uniform",
    "constant",
    "zeros",
    "ones",
    "orthogonal",
]
VALUE_OF: dict[str, tuple[str, float]] = {
    "random_normal": ("Standard deviation σ", 0.05),
    "truncated_normal": ("Standard deviation σ", 0.05),
    "random_uniform": ("Half width", 0.05),
    "constant": ("Constant", 0.0),
}
"""The schemes that take a number: what it is called and its default (Keras' own)."""


class Initializer(Part):
    """How weights begin: a scheme, and its number where it has one."""

    scheme: Scheme = field(
        "glorot_uniform",
        "Scheme",
        "How the first values are drawn. Glorot and He scale them by the number of inputs, so that signals keep "
        "their size.",
    )
    value: float | None = field(
        None,
        "Number",
        "The standard deviation σ of a normal, the half width of a uniform, or the constant.",
        ge=-1e6,
        le=1e6,
    )

    @model_validator(mode="after")
    def _number_fits(self) -> Initializer:
        if self.value is not None and self.scheme not in VALUE_OF:
            raise ValueError(f"'{self.scheme}' takes no number; remove the value")
        if self.value is not None and self.value < 0 and self.scheme != "constant":
            raise ValueError("must not be negative")
        return self

    @property
    def number(self) -> float:
        """The number in force: the given one, or the scheme's default."""
        return self.value if self.value is not None else VALUE_OF.get(self.scheme, ("", 0.0))[1]

    def build(self, keras: Any) -> Any:
        """Return the Keras initialiser. Its seed is drawn from Keras' global generator."""
        made = keras.initializers
        match self.scheme:
            case "random_normal":
                return made.RandomNormal(stddev=self.number)
            case "truncated_normal":
                return made.TruncatedNormal(stddev=self.number)
            case "random_uniform":
                return made.RandomUniform(minval=-self.number, maxval=self.number)
            case "constant":
                return made.Constant(self.number)
        return made.get(self.scheme)


def _one_row(what: str) -> AfterValidator:
    def checked(initializer: Initializer) -> Initializer:
        if initializer.scheme == "orthogonal":
            raise ValueError(
                f"{what} cannot begin as “orthogonal”, which needs rows and columns; choose another scheme"
            )
        return initializer

    return AfterValidator(checked)


BiasInitializer = Annotated[Initializer, _one_row("biases")]
"""How biases begin: one row of numbers, which not every scheme can draw."""

RowInitializer = Annotated[Initializer, _one_row("factors and shifts")]
"""The same for what normalisation learns."""


class Regularizer(Part):
    """What large weights add to the loss."""

    l1: float = field(
        0.0, "L1", "This times the sum of the weights' sizes is added to the loss: it drives many to exactly 0.", ge=0,
        le=1e6,
    )  # fmt: skip
    l2: float = field(
        0.0, "L2", "This times the sum of the weights' squares is added to the loss: it keeps all of them small.", ge=0,
        le=1e6,
    )  # fmt: skip

    def build(self, keras: Any) -> Any:
        """Return the Keras regulariser, None where both figures are 0."""
        made = keras.regularizers
        if not self.l1 and not self.l2:
            return None
        if not self.l1:
            return made.L2(self.l2)
        return made.L1L2(l1=self.l1, l2=self.l2) if self.l2 else made.L1(self.l1)


Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
INTERPOLATION_HELP = (
    "How new numbers are found: “nearest” repeats the closest one, “bilinear” mixes the neighbours; the others look at "
    "more of them. TFLite files hold the first two alone."
)
_REACH: dict[str, int] = {"bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}


def interpolated(interpolation: Interpolation, factor: float) -> float:
    """Return how many places of the input an enlargement looks at, as a fraction of which parts are left unused."""
    if interpolation == "nearest" or factor == 1:
        return 1.0
    # With an odd factor some places lie right on a neighbour, and the outermost ones then count nothing.
    return 2 * _REACH[interpolation] - (1 / factor if factor % 2 == 1 else 0)


WEIGHT_REG_HELP = (
    "What large weights add to the loss, so that the network keeps them small and learns less by heart; 0 is off."
)
BIAS_REG_HELP = "What large biases add to the loss; seldom needed."
WEIGHT_INIT_HELP = "How the weights begin, before the first step."
BIAS_INIT_HELP = "How the biases begin; zeros unless you have a reason."
PADDING_HELP = "“same” adds a border of zeros so that the output covers the whole input; “valid” stays inside it."


def effective(kernel: int, dilation: int) -> int:
    """Return the reach of a dilated kernel in pixels: d·(k − 1) + 1."""
    return dilation * (kernel - 1) + 1


def window_length(size: int, kernel: int, stride: int, padding: Padding, dilation: int = 1) -> int:
    """Return how many places a sliding window has along one side (0 or less: it does not fit).

    As TensorFlow defines them: same gives ⌈size / stride⌉, valid gives ⌊(size − reach) / stride⌋ + 1.
    """
    if padding == "same":
        return -(-size // stride)
    return (size - effective(kernel, dilation)) // stride + 1


def slide(
    size: Pair, kernel: Pair, stride: Pair, padding: Padding, *, title: str, field_: str, dilation: Pair = (1, 1)
) -> Pair:
    """Return the output's height and width of a sliding window.

    Raises
    ------
    ShapeError
        When the window is larger than the input.
    """
    reach = (effective(kernel[0], dilation[0]), effective(kernel[1], dilation[1]))
    if padding == "valid" and (reach[0] > size[0] or reach[1] > size[1]):
        raise ShapeError(
            f"the {title} window is {reach[0]}×{reach[1]}, larger than its input of "
            f"{size[0]}×{size[1]}: nothing would be left",
            field_,
            Repair("Set padding to same", fields={"padding": "same"}),
            (_fitting(size, kernel, dilation, field_),),
        )
    out = [window_length(size[i], kernel[i], stride[i], padding, dilation[i]) for i in (0, 1)]
    return out[0], out[1]


def _fitting(size: Pair, kernel: Pair, dilation: Pair, field_: str) -> Repair:
    rows, columns = (min(kernel[i], (size[i] - 1) // dilation[i] + 1) for i in (0, 1))
    word = "kernel" if field_ == "kernel" else "window"
    return Repair(f"Set the {word} to {rows}×{columns}", fields={field_: (rows, columns)})


def slide_formula(size: int, kernel: int, stride: int, padding: Padding, dilation: int = 1) -> str:
    """Return the arithmetic of `window_length` with the numbers in; as textbooks write it where zeros go evenly."""
    out = window_length(size, kernel, stride, padding, dilation)
    reach = str(kernel) if dilation == 1 else f"({dilation}·({kernel} − 1) + 1)"
    if padding == "valid":
        return f"⌊({size} − {reach})/{stride}⌋ + 1 = {out}"
    zeros = (out - 1) * stride + effective(kernel, dilation) - size
    if zeros < 0 or zeros % 2:
        return f"⌈{size}/{stride}⌉ = {out}"
    return f"({size} − {reach} + 2·{zeros // 2})/{stride} + 1 = {out}"


def both_sides(size: Pair, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair = (1, 1)) -> str:
    """Return the formula for height and width, once where they agree."""
    return sides(*(slide_formula(size[i], kernel[i], stride[i], padding, dilation[i]) for i in (0, 1)))


def sides(rows: str, columns: str) -> str:
    """Return the arithmetic of the height and of the width, once where they agree."""
    return rows if rows == columns else f"height {rows}, width {columns}"
