"""Numbers as people read them; the same rules as the front end's ``src/record/units.ts``."""

from __future__ import annotations

import math
from decimal import Decimal

_BYTE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_GIB = 3
_FLOP_UNITS = ("FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP")
_MINUS = "\N{MINUS SIGN}"


def format_bytes(count: float) -> str:
    """Binary prefix, at most four digits.

    >>> format_bytes(1288490188)
    '1.2 GiB'
    """
    value, unit = abs(count), 0
    # 1023.96 KiB would read "1024 KiB": what rounds up to the next unit is written in it.
    while float(_digits(value, unit)) >= 1024 and unit < len(_BYTE_UNITS) - 1:
        value /= 1024
        unit += 1
    text = _digits(value, unit)
    sign = _MINUS if count < 0 and text != "0" else ""
    return f"{sign}{text} {_BYTE_UNITS[unit]}"


def format_bytes_delta(count: float) -> str:
    """A change, with its sign.

    >>> format_bytes_delta(1288490188)
    '+1.2 GiB'
    """
    return f"+{format_bytes(count)}" if count > 0 else format_bytes(count)


def format_seconds(seconds: float) -> str:
    """Milliseconds below a second, minutes from sixty seconds on.

    >>> format_seconds(0.34), format_seconds(72)
    ('340 ms', '1 min 12 s')
    """
    sign, size = (_MINUS if seconds < 0 else ""), abs(seconds)
    if size == 0:
        return "0 ms"
    if size < 0.9995:
        ms = size * 1000
        if ms < 0.05:
            return f"{sign}<0.1 ms"
        return f"{sign}{_trimmed(ms, 1) if ms < 10 else format(ms, '.0f')} ms"
    if size < 59.95:
        return f"{sign}{_trimmed(size, 2 if size < 10 else 1)} s"
    whole = round(size)
    if whole < 3600:
        return sign + _two_parts(whole, "min", "s")
    return sign + _two_parts(round(whole / 60), "h", "min")


def format_flops(count: float) -> str:
    """Floating-point operations, decimal prefix, three digits.

    >>> format_flops(8_977_121_280), format_flops(0)
    ('8.98 GFLOP', '0 FLOP')
    """
    value, unit = float(count), 0
    while float(f"{value:.3g}") >= 1000 and unit < len(_FLOP_UNITS) - 1:
        value /= 1000
        unit += 1
    return f"{float(f'{value:.3g}'):g} {_FLOP_UNITS[unit]}"


def format_percent(share: float) -> str:
    """A share of a whole; only all of it is 100%.

    >>> format_percent(0.42), format_percent(0.001), format_percent(0.999)
    ('42%', '<1%', '99%')
    """
    if 0 < share < 0.01:
        return "<1%"
    return f"{min(99, math.floor(share * 100 + 0.5)) if share < 1 else 100}%"


def format_rate(rate: float) -> str:
    """A learning rate, of three digits, as JavaScript writes it.

    >>> format_rate(0.00030000000000000003), format_rate(1e-05), format_rate(2.5e-07)
    ('0.0003', '0.00001', '2.5e-7')
    """
    rounded = float(f"{rate:.3g}")
    if rounded == 0 or not 1e-6 <= abs(rounded) < 1e16:
        return repr(rounded).replace("e-0", "e-").removesuffix(".0")
    return f"{Decimal(repr(rounded)):f}".removesuffix(".0")


def _digits(value: float, unit: int) -> str:
    """From a gibibyte on a tenth of one is much: three digits."""
    if unit == 0 or value >= 99.95:
        return f"{value:.0f}"
    return _trimmed(value, 2 if unit >= _GIB and value < 9.995 else 1)


def _trimmed(value: float, decimals: int) -> str:
    return f"{round(value, decimals):g}"


def _two_parts(count: int, large: str, small: str) -> str:
    head, rest = divmod(count, 60)
    return f"{head} {large}" if rest == 0 else f"{head} {large} {rest} {small}"
