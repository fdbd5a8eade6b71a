"""Options of ``torch.load``: what a file may do, and how much of it is read."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import Load
from ...units import format_bytes, format_seconds
from ...words import code_list
from ..evidence.loads import reads_path, site_of
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Site

_LARGE_BYTES = 256 << 20
_MOST = 0.8
_OWN = "__main__."


class WeightsOnlyOff(Rule):
    """`weights_only=False` lets a file run any code when it is loaded. A file of tensors does not
    need that.

    Evidence: `weights_only=False` was passed, and the list of what the file asks for, read without
    running it.

    Fix: Drops the argument where the file needs nothing; elsewhere says what to allow, by hand.

    Silent: For files that need code and that this session saved, for classes that the notebook
    defines, and with a `pickle_module`.

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
        what = _name(load)
        if needed:
            title = f"{what} may run any code when it is loaded."
            asks = f"The file asks for {code_list(needed)}."
            explanation = (
                "If you do not trust whoever made the file, do not load it so. To allow only what "
                "it asks for, import it and write `with torch.serialization.safe_globals([…]):` "
                f"around the load: {code_list(needed)}."
            )
            remedy = _by_hand(
                case, load, site, "Whether the file may run code is for you to decide."
            )
        else:
            title = f"{what} needs no `weights_only=False`."
            asks = "The file asks for nothing."
            explanation = (
                "The file holds tensors and plain containers only, so PyTorch's default loads it "
                "as well. With `weights_only=False` whoever can change the file can run code here."
            )
            remedy = _drop(case, load, site)
        return Finding(
            severity="high" if needed else "medium",
            title=title,
            explanation=explanation,
            evidence=["`weights_only=False` was passed.", asks],
            remedy=remedy,
        )


def _unchecked(case: Case) -> tuple[Load, list[str], Site | None] | None:
    """A load without checks, what the file asks for, and the call, if it is certain."""
    for load in case.record.loads:
        needed = load.needs_code
        if load.weights_only is not False or load.failed or needed is None:
            continue
        is_own = any(name.startswith(_OWN) for name in needed)
        if needed and (is_own or any("torch.save" in run.source for run in case.history)):
            continue
        site = site_of(case.record, case.history, load)
        if site is None or "pickle_module" not in site.call.keywords:
            return load, needed, site
    return None


def _drop(case: Case, load: Load, site: Site | None) -> Callable[[], Remedy]:
    if site is None or "weights_only" not in site.call.keywords:
        why = "Drop weights_only=False where it is set: the call does not show it."
        return _by_hand(case, load, site, why)
    cell, place = site.record, site.call.place
    return case.edit(
        lambda: fixes.training_loop.drop_arguments(
            cell.source, [place], "weights_only", safe=True, cell_id=cell.cell_id
        ),
        site,
    )


class LoadMmap(Rule):
    """A large checkpoint is read into memory as a whole. With `mmap=True` its parts are read when
    they are used, and parts that are not used take no memory.

    Evidence: The file's size and format, the path that was passed, and the growth of host memory
    during the load.

    Fix: Passes `mmap=True`.

    Silent: Below 256 MiB; for open files and the old format; for loads straight to a device.

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
            remedy=_map(case, load, site),
        )


def _read_whole(case: Case) -> tuple[Load, Site | None] | None:
    """A load of a whole file that could be mapped, and the call, if it is certain."""
    for load in case.record.loads:
        size, grown = load.file_bytes or 0, load.host_growth_bytes or 0
        if size < _LARGE_BYTES or load.failed or load.mmap or not load.zip_format:
            continue
        if grown < _MOST * size or load.landed.get("cpu", 0) < _MOST * size:
            continue
        site = site_of(case.record, case.history, load)
        if site is None or (reads_path(site) and "mmap" not in site.call.keywords):
            return load, site
    return None


def _map(case: Case, load: Load, site: Site | None) -> Callable[[], Remedy]:
    if site is None:
        why = "Pass mmap=True to this torch.load: the text does not tell which it is."
        return _by_hand(case, load, site, why)
    if any(case.program.calls("torch.save")):
        return case.by_hand(
            "The notebook saves checkpoints, too. Pass mmap=True by hand if this file stays as it "
            "is.",
            site,
        )
    cell, place = site.record, site.call.place
    return case.edit(
        lambda: fixes.training_loop.write_argument(
            cell.source, [place], "mmap", "True", cell_id=cell.cell_id
        ),
        site,
    )


def _name(load: Load) -> str:
    return f"`{load.path}`" if load.path else "A file"


def _by_hand(case: Case, load: Load, site: Site | None, why: str) -> Callable[[], Remedy]:
    """Leave a load to the user, at its call or else on its line of the cell that ran."""
    if site is not None:
        return case.by_hand(why, site)
    return case.by_hand(why, lines=[load.line] if load.line else [])
