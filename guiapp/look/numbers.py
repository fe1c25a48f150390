"""How numbers are written, read and stepped: pure functions."""

from __future__ import annotations

import math
import re

_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?(e[+-]?\d+)?$", re.IGNORECASE)
_NICE = (1.0, 2.0, 5.0)


def format_number(value: float, *, whole: bool) -> str:
    """Write a number: ``1,250``; ``0.001``; ``1e-4``; ``2.5e+6`` as ``2500000`` up to 10⁶, else ``1e7``."""
    if whole:
        return f"{int(value):,}"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e7:
        text = repr(float(value))
        if "e" not in text:
            return text.removesuffix(".0")
    mantissa, _, exponent = f"{value:.16e}".partition("e")
    for digits in range(17):
        short = f"{value:.{digits}e}"
        if float(short) == value:
            mantissa, _, exponent = short.partition("e")
            break
    return f"{mantissa}e{int(exponent)}"


def parse_number(text: str, *, whole: bool) -> float | int | None:
    """Read a number as a person writes it, or return None.

    Thousands may be set apart by commas, spaces or underscores; a lone comma is a decimal mark; ``1e3`` is whole.
    """
    bare = re.sub(r"[\s_\u00a0\u2009\u202f]", "", text).replace("\u2212", "-")
    if "," in bare:
        bare = bare.replace(",", "" if _GROUPED.match(bare) else ".", -1 if _GROUPED.match(bare) else 1)
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", bare):
        return None
    if whole and re.fullmatch(r"[+-]?\d+", bare) and len(bare) <= 400:
        return int(bare)
    value = float(bare)
    if not math.isfinite(value):
        return None
    if whole:
        return int(value) if value == int(value) else None
    return value


def next_nice(value: float, direction: int) -> float:
    """Return the next number of the series 1, 2, 5, 10, … above (`direction` 1) or below (-1) a positive value."""
    exponent = math.floor(math.log10(value))
    series = [float(f"{digit:g}e{exponent + shift}") for shift in (-1, 0, 1, 2) for digit in _NICE]
    slack = abs(value) * 1e-9
    if direction > 0:
        return min(number for number in series if number > value + slack)
    return max(number for number in series if number < value - slack)


def stepped(value: float, steps: int, step: float, *, log: bool) -> float:
    """Return `value` moved by `steps`: along 1, 2, 5, 10, … where `log`, else by `step` each.

    Sums are rounded to the step's decimals, so that 0.1 + 0.2 is 0.3.
    """
    if log and value > 0:
        for _ in range(abs(steps)):
            value = next_nice(value, steps)
        return value
    decimals = max(0, -math.floor(math.log10(abs(step)))) + 2 if step else 2
    return round(value + steps * step, decimals)


def range_sentence(low: float | None, high: float | None, *, whole: bool, unit: str = "") -> str:
    """Return what may be entered: ``a whole number from 1 to 512``."""
    noun = "a whole number" if whole else "a number"
    ends = [None if end is None else format_number(end, whole=whole) for end in (low, high)]
    if ends[0] is not None and ends[1] is not None:
        limits = f" from {ends[0]} to {ends[1]}"
    elif ends[0] is not None:
        limits = f" of at least {ends[0]}"
    elif ends[1] is not None:
        limits = f" of at most {ends[1]}"
    else:
        limits = ""
    return noun + limits + (f" {unit}" if unit else "")
