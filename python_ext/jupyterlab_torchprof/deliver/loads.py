"""What was loaded, by whom and how, in words.

``src/views/runs/load-words.ts`` is the twin in the front end; one fixture holds both to the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..quote import short
from ..record import Load, LoadFormat
from ..units import format_bytes, format_seconds

_FORMATS: dict[LoadFormat, str] = {
    "pytorch": "PyTorch",
    "safetensors": "safetensors",
    "torchscript": "TorchScript",
    "exported": "torch.export",
    "distributed": "distributed checkpoint",
}


def load_text(load: Load) -> str:
    """``"model.pt in 0.4 s: cuda:0 1.2 GiB · float32"``."""
    path = short(load.path or "a file object", 60)
    landed = "could not be loaded" if load.failed else map_text(load.landed) or "no tensors"
    facts = "".join(f" · {fact}" for fact in load_facts(load))
    return f"{path} in {format_seconds(load.duration_s)}: {landed}{facts}"


def load_facts(load: Load) -> list[str]:
    """Who loaded, what the files are, what came of them, and with which arguments."""
    return [*_source(load), *_tensors(load), *_options(load)]


def map_text(sizes: dict[str, int]) -> str:
    """``"cuda:0 1.2 GiB, cpu 3 MiB"``."""
    return ", ".join(f"{short(key, 40)} {format_bytes(size)}" for key, size in sizes.items())


def _source(load: Load) -> Iterator[str]:
    """Of a file that the cell's own ``torch.load`` read there is nothing to say."""
    is_plain = load.call == "torch.load" and load.library is None and load.class_name is None
    if load.library is not None:
        yield f"`{short(load.call, 60)}` in {short(load.library, 60)}"
    elif not is_plain:
        yield f"`{short(load.call, 60)}`"
    if load.class_name is not None and load.class_name != load.call:
        yield f"`{short(load.class_name, 60)}`"
    known = _FORMATS[load.format] if load.format is not None and not is_plain else ""
    count = load.shards
    files = f"{count} files" if count is not None and count != 1 else ""
    if known or files:
        yield ", ".join(filter(None, (known, files)))


def _tensors(load: Load) -> Iterator[str]:
    """Dtypes, and how much of it is still in the files."""
    if len(load.dtypes) > 1:
        yield map_text(load.dtypes)
    else:
        yield from (short(dtype, 40) for dtype in load.dtypes)
    if load.mapped_bytes:
        yield f"{format_bytes(load.mapped_bytes)} stay in the mapped file"


def _options(load: Load) -> Iterator[str]:
    """The arguments of the call, as far as they were passed."""
    if load.map_location is not None:
        yield f"map_location `{short(load.map_location, 80)}`"
    if load.weights_only is not None:
        yield f"weights_only `{load.weights_only}`"
    if load.mmap is not None:
        yield f"mmap `{load.mmap}`"
