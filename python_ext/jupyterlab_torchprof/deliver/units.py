"""Numbers as people read them."""

from __future__ import annotations


def bytes_text(count: float) -> str:
    """``1288490188`` → ``"1.2 GiB"``; a difference keeps its sign."""
    sign, size = ("-" if count < 0 else ""), abs(count)
    if size < 1024:
        return f"{sign}{size:.0f} B"
    units = iter(("KiB", "MiB", "GiB", "TiB", "PiB"))
    while size >= 1024 and (unit := next(units, None)):
        size, name = size / 1024, unit
    return f"{sign}{size:.{_digits(size)}f} {name}"


def seconds_text(seconds: float) -> str:
    """``0.34`` → ``"340 ms"``, ``83`` → ``"1 min 23 s"``."""
    if seconds == 0:
        return "0 s"
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if seconds < 1e-3:
        return f"{sign}{seconds * 1e6:.0f} µs"
    if seconds < 0.9995:
        return f"{sign}{seconds * 1e3:.{_digits(seconds * 1e3)}f} ms"
    if seconds < 59.95:
        return f"{sign}{seconds:.{_digits(seconds)}f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours} h {minutes} min" if hours else f"{sign}{minutes} min {rest} s"


def quantity_text(value: float, unit: str) -> str:
    """A prediction's or verification's number in its unit: ``"bytes"`` or ``"s"``."""
    return bytes_text(value) if unit == "bytes" else seconds_text(value)


def _digits(value: float) -> int:
    """Decimals that leave two or three significant digits."""
    return 1 if value < 9.95 else 0
