"""Options of ``torch.load``: what a file may do, and how much of it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Load, Severity
from ...units import format_bytes, format_seconds
from ...words import code_list
from ..evidence.loads import reads_path, site_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site

_LARGE_BYTES = 256 << 20
_MOST = 0.8
_OWN = "__main__."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load, and where the text says it."""

    record: CellRecord
    load: Load
    site: Site | None
    writes: bool = False
    """The notebook saves checkpoints, too."""

    @property
    def what(self) -> str:
        """The file."""
        return f"`{self.load.path}`" if self.load.path else "A file"

    @property
    def lines(self) -> list[int]:
        """Of the call."""
        if self.site is not None:
            return [self.site.call.line]
        return [self.load.line] if self.load.line else []

    @property
    def code(self) -> CellRecord | None:
        """The cell of the call, if it is another one."""
        return None if self.site is None or self.site.record is self.record else self.site.record


class WeightsOnlyOff(OldRule[Loaded]):
    """A file is allowed to run code, although it holds nothing that needs it, or is another's.

    The finding is a load with ``weights_only=False`` whose file was looked at: PyTorch can list
    what a file asks for without running it. If that is nothing, the fix drops the argument, and
    the result stays the same: where PyTorch can list, the default is ``True``. Otherwise the
    advice names what it asks for; silent if that is of the notebook's own making, or if the
    session wrote the file itself. Silent with a ``pickle_module``, which needs the argument.
    """

    id: ClassVar[str] = "weights-only-off"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "`weights_only=False` lets a file run any code when it is loaded. A file of tensors does "
        "not need that."
    )
    proof: ClassVar[str] = (
        "`weights_only=False` was passed, and the list of what the file asks for, read without "
        "running it."
    )
    cure: ClassVar[str] = (
        "Drops the argument where the file needs nothing; elsewhere says what to allow, by hand."
    )
    silent: ClassVar[str] = (
        "For files that need code and that this session saved, for classes that the notebook "
        "defines, and with a `pickle_module`."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/serialization.html#weights-only",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Loaded | None:
        """See the class."""
        for load in record.loads:
            if load.weights_only is not False or load.failed or load.needs_code is None:
                continue
            foreign = [name for name in load.needs_code if not name.startswith(_OWN)]
            saves = any("torch.save" in run.source for run in history)
            if load.needs_code and (len(foreign) < len(load.needs_code) or saves):
                continue
            site = site_of(record, history, load)
            if site is not None and "pickle_module" in site.call.keywords:
                continue  # it needs the argument
            return Loaded(record, load, site)
        return None

    def grade(self, finding: Loaded) -> Severity:
        """A file that needs no code is harmless today."""
        return "high" if finding.load.needs_code else "medium"

    def title(self, finding: Loaded) -> str:
        """One sentence."""
        if finding.load.needs_code:
            return f"{finding.what} may run any code when it is loaded."
        return f"{finding.what} needs no `weights_only=False`."

    def explanation(self, finding: Loaded) -> str:
        """What happens and what can be done."""
        needed = finding.load.needs_code
        if not needed:
            return (
                "The file holds tensors and plain containers only, so PyTorch's default loads it "
                "as well. With `weights_only=False` whoever can change the file can run code here."
            )
        return (
            "If you do not trust whoever made the file, do not load it so. To allow only what it "
            f"asks for, import it and write `with torch.serialization.safe_globals([…]):` around "
            f"the load: {code_list(needed)}."
        )

    def evidence(self, finding: Loaded) -> list[str]:
        """Facts of the record."""
        needed = finding.load.needs_code
        asks = f"The file asks for {code_list(needed)}." if needed else "The file asks for nothing."
        return ["`weights_only=False` was passed.", asks]

    def remedy(self, finding: Loaded) -> Remedy:
        """Drop the argument where nothing needs it."""
        from ...fixes.training_loop import CannotFix, drop_arguments  # libcst is slow to import

        site, lines, code = finding.site, finding.lines, finding.code
        if finding.load.needs_code:
            refusal = "Whether the file may run code is for you to decide."
            return Remedy(refusal=refusal, lines=lines, code=code)
        if site is None or "weights_only" not in site.call.keywords:
            refusal = "Drop weights_only=False where it is set: the call does not show it."
            return Remedy(refusal=refusal, lines=lines, code=code)
        source, cell_id = site.record.source, site.record.cell_id
        try:
            place = [site.call.place]
            fix = drop_arguments(source, place, "weights_only", safe=True, cell_id=cell_id)
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


class LoadMmap(OldRule[Loaded]):
    """A large checkpoint is read as a whole although it could be mapped.

    The finding is a file of more than 256 MiB in the format that can be mapped, loaded from a
    path to host memory without ``mmap``, with host memory growing by most of its size. Nothing
    is predicted: a part that is used later is read later. Refused where the notebook also saves
    checkpoints, since a file must not change while it is mapped.
    """

    id: ClassVar[str] = "load-mmap"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "A large checkpoint is read into memory as a whole. With `mmap=True` its parts are read "
        "when they are used, and parts that are not used take no memory."
    )
    proof: ClassVar[str] = (
        "The file's size and format, the path that was passed, and the growth of host memory "
        "during the load."
    )
    cure: ClassVar[str] = "Passes `mmap=True`."
    silent: ClassVar[str] = (
        "Below 256 MiB; for open files and the old format; for loads straight to a device."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/recipes/recipes/module_load_state_dict_tips.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Loaded | None:
        """See the class."""
        for load in record.loads:
            size, grown = load.file_bytes or 0, load.host_growth_bytes or 0
            if size < _LARGE_BYTES or load.failed or load.mmap or not load.zip_format:
                continue
            if grown < _MOST * size or load.landed.get("cpu", 0) < _MOST * size:
                continue
            site = site_of(record, history, load)
            if site is not None and (not reads_path(site) or "mmap" in site.call.keywords):
                continue
            saves = any(Program(record, history).calls("torch.save"))
            return Loaded(record, load, site, saves)
        return None

    def title(self, finding: Loaded) -> str:
        """One sentence."""
        return f"All {format_bytes(finding.load.file_bytes or 0)} of {finding.what} were read."

    def explanation(self, finding: Loaded) -> str:
        """What happens and what can be done."""
        return (
            f"Host memory grew by {format_bytes(finding.load.host_growth_bytes or 0)} in the load. "
            "With `mmap=True` the tensors stay in the file until they are used, so that copying "
            "them into a model needs no second copy at once. The file must not change meanwhile."
        )

    def evidence(self, finding: Loaded) -> list[str]:
        """Facts of the record."""
        load = finding.load
        return [
            f"The load of {format_bytes(load.file_bytes or 0)} took "
            f"{format_seconds(load.duration_s)}, and host memory grew by "
            f"{format_bytes(load.host_growth_bytes or 0)}.",
            "The file is in the format that can be mapped.",
        ]

    def remedy(self, finding: Loaded) -> Remedy:
        """Pass the argument."""
        from ...fixes.training_loop import CannotFix, write_argument  # libcst is slow to import

        site, lines, code = finding.site, finding.lines, finding.code
        if site is None:
            refusal = "Pass mmap=True to this torch.load: the text does not tell which it is."
            return Remedy(refusal=refusal, lines=lines, code=code)
        if finding.writes:
            refusal = (
                "The notebook saves checkpoints, too. Pass mmap=True by hand if this file stays "
                "as it is."
            )
            return Remedy(refusal=refusal, lines=lines, code=code)
        source, cell_id = site.record.source, site.record.cell_id
        try:
            fix = write_argument(source, [site.call.place], "mmap", "True", cell_id=cell_id)
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)
