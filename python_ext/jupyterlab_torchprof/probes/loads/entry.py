"""What is known of a load before it has begun: the call, its arguments and its place."""

from __future__ import annotations

from types import FrameType

from ...record import Load
from ..base import CellRun
from .files import is_zip, path_and_size
from .options import flag, location_text
from .seam import Arguments, Seam


def entry_of(run: CellRun, seam: Seam, arguments: Arguments, frame: FrameType) -> Load:
    """The entry of a call that ``frame`` made."""
    _args, kwargs = arguments
    file = seam.path(arguments)
    path, file_bytes = path_and_size(file)
    place = run.place(frame)
    node = None if place is None else run.places.nodes[place]
    library = node.package if node is not None and node.kind == "library" else None
    if node is not None and seam.library is not None and library == seam.library:
        place = place if node.parent is None else node.parent  # who called the library
    return Load(
        call=seam.call,
        library=seam.library or library,
        format=seam.format,
        path=path,
        file_bytes=file_bytes,
        duration_s=0.0,
        map_location=location_text(seam.location(arguments)),
        weights_only=flag(kwargs, "weights_only"),
        mmap=flag(kwargs, "mmap"),
        place=place,
        zip_format=is_zip(file, path, file_bytes) if seam.call == "torch.load" else None,
    )
