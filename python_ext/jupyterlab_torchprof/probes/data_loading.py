"""Observes `DataLoader`s: how they are set up, and how long the loop waits for batches."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, ClassVar

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..record import CellRecord, DataLoading
from .base import CellRun, Probe
from .hooks.cost import call_cost_s
from .hooks.wrapping import forget_frame, stands_for
from .loops.batches import compare_batch, describe_batch
from .loops.counters import Counters, Counts
from .loops.loader_kinds import LoaderKinds, kind_of
from .loops.orders import is_whole, order_of
from .loops.passes import SLOW_S, LoaderStats, Pass
from .loops.processes import default_start_method, is_of_notebook
from .objects.kinds import attributes_of, class_name, home_of
from .objects.reached import paths_to
from .objects.weak_ids import WeakIds
from .places.expressions import iterated_in
from .places.makings import Makings
from .places.tree import Step
from .torch_import import imported_torch

_MAX_KINDS = 20
"""Of loaders that are counted in one cell."""
_HOOKS = 2
"""A batch costs about as much as so many calls of a hook that counts."""
_ITERABLE = 1  # torch.utils.data._DatasetKind.Iterable


class DataLoadingProbe(Probe):
    """Writes ``data_loading``. Loaders that are not PyTorch's are not seen."""

    name: ClassVar[str] = "data loading"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health) -> None:
        """Failures are reported to ``health``."""
        super().__init__(health)
        self._run: CellRun | None = None
        self._stats: list[LoaderStats] = []
        self._of: WeakIds[LoaderStats] = WeakIds()
        self._kinds = LoaderKinds()
        self._passes: dict[int, Pass] = {}
        """By the iterator's id, for as long as it lives."""
        self._iterators: dict[int, weakref.ref[Any]] = {}
        self._loaders: dict[int, LoaderStats] = {}
        self._counters = Counters()
        self._makings = Makings(self.name, health)
        self._before_batch: Callable[[], None] = lambda: None
        self._after_batch: Callable[[], None] = lambda: None

    def on_batch(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Call these around the making of each batch, of whatever loader; they must not raise."""
        self._before_batch, self._after_batch = before, after

    def attach(self, patches: Patches) -> None:
        """Wrap the making of iterators and their next batch."""
        loading: Any = sys.modules.get("torch.utils.data.dataloader")
        if loading is not None:
            self._makings.attach(patches, loading.DataLoader)
            patches.wrap(loading.DataLoader, "__iter__", self._wrap_iter)
            patches.wrap(loading._BaseDataLoaderIter, "__next__", self._wrap_next)

    def detach(self) -> None:
        """Close the counters."""
        self._counters.close()

    def begin(self, run: CellRun) -> None:
        """Count from zero; passes that a cell before has begun go on uncounted."""
        self._stats = []
        self._forget()
        self._makings.begin(run)
        self._run = run

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Name the loaders and write what they did."""
        stats, self._stats, self._run = self._stats, [], None
        self._forget()
        self._makings.end()
        torch = imported_torch()
        if not stats or torch is None:
            return
        alive = [one.alive() for one in stats]
        paths = paths_to((loader for each in alive for loader in each), run.namespace, torch)
        for one, loaders in zip(stats, alive, strict=True):
            facts = one.result()
            run.overhead_s += facts.batches * _HOOKS * call_cost_s()
            named = (paths.get(id(loader)) for loader in loaders)
            facts.variable = next(filter(None, named), None)
            record.data_loading.append(facts)

    def _forget(self) -> None:
        self._of, self._kinds = WeakIds(), LoaderKinds()
        for known in (self._passes, self._iterators, self._loaders):
            known.clear()

    def _wrap_iter(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def __iter__(loader: Any) -> Any:
            __tracebackhide__ = True
            try:
                if self._run is None:
                    return original(loader)
                began = clocks.perf_counter()
                iterator = original(loader)
                self._made(loader, iterator, clocks.perf_counter() - began)
                return iterator
            except BaseException as error:
                forget_frame(error)
                raise

        return __iter__

    def _made(self, loader: Any, iterator: Any, seconds: float) -> None:
        run = self._run
        try:
            if run is None or home_of(type(iterator)) != "torch.utils.data.dataloader":
                return
            began = clocks.perf_counter()
            stats = self._of.get(loader) or self._meet(run, loader, sys._getframe(2))
            if stats is None:
                return
            key, passes = id(iterator), self._passes
            iterators, loaders = self._iterators, self._loaders

            def gone(reference: weakref.ref[Any]) -> None:
                if iterators.get(key) is reference:
                    del iterators[key], passes[key], loaders[key]

            passes[key] = stats.begin_pass(seconds, order_of(loader))
            if stats.is_to_learn() and run.watch_forward is not None:
                run.watch_forward()
            iterators[key] = weakref.ref(iterator, gone)
            loaders[key] = stats
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)

    def _meet(self, run: CellRun, loader: Any, frame: FrameType) -> LoaderStats | None:
        """The first pass over a loader; ``frame`` asks for it. ``None``: it is one too many."""
        facts, met = _describe(loader), list[Step]()
        facts.place = place = run.places.find(frame, met=met)
        facts.made = self._makings.of(loader)
        within_library = place is not None and run.places.nodes[place].kind == "library"
        kind = kind_of(loader, facts, met if within_library else ())
        stats = self._kinds.find(loader, kind, within_library=within_library)
        if stats is not None:
            stats.add(loader)
        elif len(self._stats) >= _MAX_KINDS:
            return None
        else:
            if run.places.is_below_a_call(place):
                own = run.places.frame_of(place, frame)
                facts.name = None if own is None else iterated_in(own)
            stats = LoaderStats(loader, facts)
            self._stats.append(stats)
            self._kinds.add(loader, kind, stats)
        self._of.set(loader, stats)
        return stats

    def _wrap_next(self, original: Callable[..., Any]) -> Callable[..., Any]:
        clock = clocks.perf_counter
        passes = self._passes
        before_batch, after_batch = self._before_batch, self._after_batch

        # All that a loop pays for with each batch is in this function.
        @stands_for(original)
        def __next__(iterator: Any) -> Any:
            __tracebackhide__ = True
            before_batch()
            try:
                one = passes.get(id(iterator))
                if one is None:
                    return original(iterator)
                if one.closely:
                    self._worked(iterator, one)
                    before = self._counters()
                    began = clock()
                    batch = original(iterator)
                    ended = clock()
                    self._look(iterator, one, batch, before, ended - began)
                    one.took(began, ended)
                    return batch
                began = clock()
                batch = original(iterator)
                one.ended = ended = clock()
                ended -= began
                one.batches += 1
                one.wait_s += ended
                one.waits.append(ended)
                if ended > SLOW_S:
                    one.closely = True
                return batch
            except BaseException as error:
                forget_frame(error)
                raise
            finally:
                after_batch()

        return __next__

    def _worked(self, iterator: Any, one: Pass) -> None:
        """The next batch is asked for: the loop is done with the last one."""
        try:
            run, stats = self._run, self._loaders.get(id(iterator))
            if run is not None and stats is not None and one.work is not None:
                stats.work.add(one.work, run.work.until_now())
        except Exception as error:
            self.health.failed(self.name, error)

    def _look(
        self,
        iterator: Any,
        one: Pass,
        batch: Any,
        before: Counts,
        seconds: float,
    ) -> None:
        try:
            stats = self._loaders[id(iterator)]
            stats.looked(seconds, before, self._counters())
            if self._run is not None:
                one.work = self._run.work.until_now()
            if one.batches == 0 and not stats.facts.batch_bytes:
                describe_batch(stats.facts, batch)
            if self._run is not None and self._run.is_rank:
                compare_batch(stats.facts, batch)
        except Exception as error:
            self.health.failed(self.name, error)


def _describe(loader: Any) -> DataLoading:
    """How a loader is set up."""
    own = attributes_of(loader)
    workers = own.get("num_workers")
    workers = workers if type(workers) is int else 0
    batch_size = own.get("batch_size")
    if batch_size is None:
        batch_size = attributes_of(own.get("batch_sampler")).get("batch_size")
    prefetch_factor = own.get("prefetch_factor")
    return DataLoading(
        variable=None,
        dataset=class_name(own.get("dataset")),
        dataset_in_notebook=is_of_notebook(loader),
        iterable=own.get("_dataset_kind") is _ITERABLE,
        is_whole=is_whole(loader),
        workers=workers,
        pin_memory=own.get("pin_memory") is True,
        prefetch_factor=prefetch_factor if type(prefetch_factor) is int else None,
        persistent_workers=own.get("persistent_workers") is True,
        batch_size=batch_size if type(batch_size) is int else None,
        start_method=_start_method(own) if workers else None,
        iterators=0,
        batches=0,
        startup_s=0.0,
        wait_s=0.0,
        first_wait_s=0.0,
    )


def _start_method(own: dict[str, Any]) -> str | None:
    context: Any = own.get("_DataLoader__multiprocessing_context")
    if context is None:
        return default_start_method()
    if home_of(type(context)) != "multiprocessing.context":
        return None
    return str(context.get_start_method())
