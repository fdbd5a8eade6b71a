"""Options of ``torch.load``: what a file may do, and how much of it is read."""

from __future__ import annotations

from ... import fixes
from ...record import Fix, Load
from ...units import format_bytes, format_seconds
from ...words import code_list
from ..evidence.loads import is_own, is_saved_here, reads_path, site_of
from ..grammar import Case, Finding, Rule
from ..text.program import Site

_LARGE_BYTES = 256 << 20
_MOST = 0.8
_OWN = "__main__."
_NOT_SHOWN = "Drop weights_only=False where it is set: the call does not show it."


class WeightsOnlyOff(Rule):
    """`weights_only=False` lets a file run any code when it is loaded. A file of tensors does not
    need that.

    Evidence: `weights_only=False` was passed, and the list of what the file asks for, read without
    running it.

    Fix: Drops the argument where the file needs nothing; elsewhere says what to allow, by hand.

    Silent: For files that need code and that this session saved, for classes that the notebook
    defines, with a `pickle_module`, and where a library calls `torch.load`.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/serialization.html#weights-only

    Notes: A file that needs no code is harmless today: then it is of medium severity. The result
    stays the same without the argument, since PyTorch versions that can list what a file asks for
    have ``True`` as the default. A ``pickle_module`` needs the argument.
    """

    id = "weights-only-off"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """A load that was told so, of a file that was looked at."""
        unchecked = _unchecked(case)
        if unchecked is None:
            return None
        load, needed, site = unchecked
        if needed:
            title = f"{_name(load)} may run any code when it is loaded."
            explanation = (
                "If you do not trust whoever made the file, do not load it so. To allow only what "
                "it asks for, import it and write `with torch.serialization.safe_globals([…]):` "
                f"around the load: {code_list(needed)}."
            )
            why_not = "Whether the file may run code is for you to decide."
        else:
            title = f"{_name(load)} needs no `weights_only=False`."
            explanation = (
                "The file holds tensors and plain containers only, so PyTorch's default loads it "
                "as well. With `weights_only=False` whoever can change the file can run code here."
            )
            is_shown = site is not None and "weights_only" in site.call.keywords
            why_not = "" if is_shown else _NOT_SHOWN
        return Finding(
            severity="high" if needed else "medium",
            title=title,
            explanation=explanation,
            evidence=[
                "`weights_only=False` was passed.",
                f"The file asks for {code_list(needed) if needed else 'nothing'}.",
            ],
            remedy=case.edit_at(site, _drop, why_not=why_not, lines=[case.line(load.place)]),
        )


def _unchecked(case: Case) -> tuple[Load, list[str], Site | None] | None:
    """A load without checks, what the file asks for, and the call, if it is certain."""
    for load in case.record.loads:
        needed = load.needs_code
        if load.weights_only is not False or load.failed or needed is None or not is_own(load):
            continue
        is_of_notebook = any(name.startswith(_OWN) for name in needed)
        if needed and (is_of_notebook or is_saved_here(case.program, load)):
            continue
        site = site_of(case.program, load)
        if site is None or "pickle_module" not in site.call.keywords:
            return load, needed, site
    return None


def _drop(site: Site) -> Fix:
    cell, place = site.record, site.call.place
    return fixes.training_loop.drop_arguments(
        cell.source, [place], "weights_only", safe=True, cell_id=cell.cell_id
    )


class LoadMmap(Rule):
    """`torch.load` reads a large checkpoint into memory as a whole. With `mmap=True` its parts are
    read when they are used, and parts that are not used take no memory.

    Evidence: The file's size and format, the path that was passed, and the growth of host memory
    during the load.

    Fix: Passes `mmap=True`.

    Silent: Below 256 MiB; for open files and the old format; for loads straight to a device; where
    a library calls `torch.load`; for safetensors, whose files are mapped anyway.

    Sources:
        https://docs.pytorch.org/tutorials/recipes/recipes/module_load_state_dict_tips.html

    Notes: Nothing is predicted: a part that is used later is read later. Host memory must have
    grown by most of the file's size. No fix is given where the notebook also saves checkpoints,
    since a file must not change while it is mapped.
    """

    id = "load-mmap"
    severity = "medium"

    def find(self, case: Case) -> Finding | None:
        """A large file that went to host memory and could have been mapped."""
        read = _read_whole(case)
        if read is None:
            return None
        load, site = read
        size, grown = format_bytes(load.file_bytes or 0), format_bytes(load.host_growth_bytes or 0)
        why_not = ""
        if site is None:
            why_not = "Pass mmap=True to this torch.load: the text does not tell which it is."
        elif any(case.program.calls("torch.save")):
            why_not = (
                "The notebook saves checkpoints, too. Pass mmap=True by hand if this file stays as "
                "it is."
            )
        return Finding(
            title=f"All {size} of {_name(load)} were read.",
            explanation=(
                f"Host memory grew by {grown} in the load. With `mmap=True` the tensors stay in "
                "the file until they are used, so that copying them into a model needs no second "
                "copy at once. The file must not change meanwhile."
            ),
            evidence=[
                f"The load of {size} took {format_seconds(load.duration_s)}, and host memory grew "
                f"by {grown}.",
                "The file is in the format that can be mapped.",
            ],
            remedy=case.edit_at(site, _map, why_not=why_not, lines=[case.line(load.place)]),
        )


def _read_whole(case: Case) -> tuple[Load, Site | None] | None:
    """A load of a whole file that could be mapped, and the call, if it is certain."""
    for load in case.record.loads:
        size, grown = load.file_bytes or 0, load.host_growth_bytes or 0
        if size < _LARGE_BYTES or load.failed or load.mmap or not load.zip_format:
            continue
        if not is_own(load):
            continue
        if grown < _MOST * size or load.landed.get("cpu", 0) < _MOST * size:
            continue
        site = site_of(case.program, load)
        if site is None or (reads_path(site) and "mmap" not in site.call.keywords):
            return load, site
    return None


def _map(site: Site) -> Fix:
    cell, place = site.record, site.call.place
    return fixes.training_loop.write_argument(
        cell.source, [place], "mmap", "True", cell_id=cell.cell_id
    )


def _name(load: Load) -> str:
    return f"`{load.path}`" if load.path else "A file"
