"""What needs a process of its own: the import of PyTorch, its absence, and exact restoration."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest
from forked import Copies, copies, from_nothing

SHELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)

def run(source):
    result = shell.run_cell(source, store_history=True)
    result.raise_error()
    return result.result
"""

LOADED = """
from jupyterlab_torchprof.extension import load, unload
profiler = load(shell)
assert "torch" not in sys.modules

def last():
    assert not profiler.health.entries(), profiler.health.entries()
    return profiler.history.last()
"""


@pytest.fixture
def fresh():
    """Runs code in a new Python, where warnings are errors; returns what it prints."""

    def fresh(*parts: str) -> str:
        return from_nothing("\n".join(map(textwrap.dedent, parts)))

    return fresh


@pytest.fixture(scope="module")
def _copies() -> Iterator[Copies]:
    with copies() as found:
        yield found


@pytest.fixture
def copied(_copies):
    """As ``fresh``, where PyTorch and IPython have been imported, and nothing of ours."""

    def copied(*parts: str) -> str:
        return _copies.run("\n".join(map(textwrap.dedent, parts)))

    return copied


def test_importing_and_loading_import_neither_torch_nor_libcst(fresh):
    fresh(
        """
        import sys
        import jupyterlab_torchprof
        light = set(sys.modules)
        assert jupyterlab_torchprof.__version__
        assert not {"torch", "libcst", "msgspec", "IPython"} & light
        """,
        SHELL,
        LOADED,
        """
        run("x = 1")
        assert "libcst" not in sys.modules
        assert "torch" not in sys.modules
        assert last().placement is None
        assert profiler.session().environment.torch is None
        """,
    )


def test_torch_imported_by_a_cell_is_watched_from_there_on(fresh):
    fresh(
        SHELL,
        """
        before = list(sys.meta_path)
        """,
        LOADED,
        """
        import importlib.util
        assert len(sys.meta_path) == len(before) + 1
        spec = importlib.util.find_spec("json")
        run("import torch\\nlayer = torch.nn.Linear(4, 4)\\nlayer.half()")
        import torch
        assert len(sys.meta_path) == len(before) + 1, "libraries may come"
        assert type(torch.__loader__).__name__ == "SourceFileLoader"
        assert torch.__spec__.loader is torch.__loader__
        record = last()
        assert [module.path for module in record.placement.modules] == ["layer"]
        from jupyterlab_torchprof.derive import line_of
        assert [line_of(record, move.place) for move in record.moves] == [3]
        assert record.grad.grad_after is True
        assert profiler.session().environment.torch == torch.__version__
        """,
    )


def test_a_library_that_imports_torch_itself_is_watched_from_its_first_call_on(fresh, tmp_path):
    (tmp_path / "timm.py").write_text(
        "import torch\n"
        "def create_model(model_name, pretrained=False, checkpoint_path=''):\n"
        "    return torch.load(checkpoint_path)\n",
        "utf-8",
    )
    fresh(
        SHELL,
        LOADED,
        f"""
        folder = {str(tmp_path)!r}
        sys.path.insert(0, folder)
        before = list(sys.meta_path)
        path = folder + "/file.pt"
        run("from timm import create_model\\nimport torch\\n"
            f"torch.save({{{{'x': torch.ones(4)}}}}, {{path!r}})\\n"
            f"model = create_model('net', checkpoint_path={{path!r}})")
        (load,) = last().loads
        assert (load.call, load.library, load.shards) == ("create_model", "timm", 1)
        unload(shell)
        import timm
        assert not hasattr(timm.create_model, "__wrapped__")
        assert not any(type(finder).__name__ == "ImportHook" for finder in sys.meta_path)
        """,
    )


def test_torch_that_loads_lazily_is_not_loaded_by_us(fresh):
    fresh(
        SHELL,
        LOADED,
        """
        import importlib.util
        from types import ModuleType

        spec = importlib.util.find_spec("torch")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        torch = importlib.util.module_from_spec(spec)
        sys.modules["torch"] = torch
        spec.loader.exec_module(torch)

        def is_loaded():
            return "nn" in vars(ModuleType)["__dict__"].__get__(torch)

        shell.user_ns["torch"] = torch
        for source in ("x = 1", "1 + 1", "y = [torch]"):
            run(source)
            assert last().placement is None
        assert profiler.session().environment.torch is None
        profiler.examine()
        assert not is_loaded()
        run("layer = torch.nn.Linear(4, 4)\\nlayer.half()")
        assert is_loaded()
        assert [module.path for module in last().placement.modules] == ["layer"]
        assert len(last().moves) == 1
        assert type(torch.__spec__.loader).__name__ == "SourceFileLoader"
        """,
    )


def test_the_loader_of_torch_stays_what_it_is(fresh):
    fresh(
        SHELL,
        LOADED,
        """
        import importlib.machinery, importlib.resources, importlib.util, inspect, pkgutil
        spec = importlib.util.find_spec("torch")
        assert type(spec.loader) is importlib.machinery.SourceFileLoader
        assert b"__version__" in pkgutil.get_data("torch", "version.py")
        assert "import" in spec.loader.get_source("torch")
        assert "exec_module" in vars(spec.loader), "what is watched"
        run("import torch")
        import torch
        assert "exec_module" not in vars(torch.__loader__)
        assert torch.__spec__.loader is torch.__loader__
        assert importlib.resources.files("torch").joinpath("version.py").is_file()
        assert inspect.getsource(torch.is_tensor).startswith("def is_tensor")
        assert last().torch is not None
        """,
    )


def test_torch_that_a_measured_part_of_a_cell_imports_is_told_to_both(fresh):
    fresh(
        SHELL,
        LOADED,
        """
        def work():
            import torch
            torch.ones(2, requires_grad=True).sum().backward()

        def part():
            return profiler.measure("work()", "part", work)

        shell.user_ns["part"] = part
        record, error = run("part()")
        assert error is None, error
        assert record.grad.backwards == 1
        assert last().grad.backwards == 1
        """,
    )


def test_a_failing_import_looks_as_it_would_without_us(fresh, tmp_path):
    (tmp_path / "torch.py").write_text("raise ValueError('broken')\n")
    shown = fresh(
        SHELL,
        LOADED,
        f"sys.path.insert(0, {str(tmp_path)!r})",
        """
        import traceback
        from jupyterlab_torchprof.extension import unload
        def frames():
            try:
                import torch
            except ValueError as error:
                return [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        with_us = [frames(), frames()]
        unload(shell)
        assert with_us == [frames(), frames()], with_us
        print(with_us[0])
        """,
    )
    assert shown == "['frames', '<module>']\n"


def test_torch_imported_before_loading(copied):
    copied(
        SHELL,
        """
        before = list(sys.meta_path)
        run("import torch")
        from jupyterlab_torchprof.extension import load
        profiler = load(shell)
        run("x = torch.zeros(10)")
        assert not profiler.health.entries()
        assert profiler.history.last().placement.tensors[0].path == "x"
        """,
    )


def test_an_import_of_torch_that_fails_can_be_tried_again(fresh, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('half installed')", "utf-8")
    fresh(
        SHELL,
        LOADED,
        f"""
        folder = {str(tmp_path)!r}
        sys.path.insert(0, folder)
        try:
            run("import torch")
        except ImportError as error:
            assert str(error) == "half installed"
        else:
            raise AssertionError
        assert last().error.message == "half installed"
        sys.path.remove(folder)
        sys.path_importer_cache.clear()
        run("import torch\\nx = torch.ones(3)")
        assert last().placement.tensors[0].path == "x"
        """,
    )


def test_without_torch_memory_and_time_are_measured(fresh):
    fresh(
        """
        import sys
        class NoTorch:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] == "torch":
                    raise ModuleNotFoundError("No module named 'torch'", name="torch")
        sys.meta_path.insert(0, NoTorch())
        """,
        SHELL,
        LOADED,
        """
        run("try:\\n    import torch\\nexcept ModuleNotFoundError:\\n    b = bytearray(9 << 20)")
        record = last()
        assert record.placement is None and record.grad is None
        assert [entry.device for entry in record.memory] == ["host"]
        assert record.memory[0].peak_bytes > 9 << 20
        run("%torchprof")
        """,
    )


def test_unloading_restores_everything(copied):
    copied(
        SHELL,
        """
        import builtins, threading
        import torch, torch.nn, torch.optim.optimizer, torch.utils.data
        optimizer_module = sys.modules['torch.optim.optimizer']
        import torch.autograd.graph

        OWNERS = [
            sys, builtins, torch, torch._C, torch.Tensor, torch._C.TensorBase, torch.nn.Module,
            torch.autograd, torch.autograd.graph, torch.serialization, torch.optim.Optimizer,
            torch.utils.data.DataLoader, torch.utils.data.dataloader._BaseDataLoaderIter,
            torch.compiler, torch.cuda, torch.accelerator, torch.nn.modules.module,
            optimizer_module, torch.autograd.Function, torch._dynamo.__class__,
        ]

        def state():
            found = {}
            for owner in OWNERS:
                for name, value in list(vars(owner).items()):
                    if name not in ("last_value", "last_type", "last_traceback", "last_exc"):
                        found[f"{owner!r}.{name}"] = id(value)
                    if isinstance(value, dict) and "hook" in name:
                        found[f"{owner!r}.{name} keys"] = tuple(value)
            found["events"] = {k: tuple(v) for k, v in shell.events.callbacks.items()}
            found["magics"] = {k: dict(v) for k, v in shell.magics_manager.magics.items()}
            found["registry"] = dict(shell.magics_manager.registry)
            found["meta_path"] = list(sys.meta_path)
            transformers = shell.input_transformer_manager
            found["cleanup"] = list(transformers.cleanup_transforms)
            found["line"] = list(transformers.line_transforms)
            found["threads"] = sorted(t.name for t in threading.enumerate())
            return found

        code = '''
        model = torch.nn.Linear(3, 3)
        optimizer = torch.optim.Adam(model.parameters())
        model(torch.ones(2, 3)).sum().backward()
        optimizer.step()
        model.double()
        '''
        import textwrap
        code = textwrap.dedent(code)
        shell.user_ns["torch"] = torch
        run(code)
        before = state()
        shell.extension_manager.load_extension("jupyterlab_torchprof")
        during = state()
        changed = {key for key in before if before[key] != during.get(key)}
        assert len(changed) > 5, changed
        run(code)
        run("%torchprof x = 1")
        shell.extension_manager.unload_extension("jupyterlab_torchprof")
        after = state()
        wrong = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert not wrong, wrong
        run(code)
        """,
    )


def test_a_probe_that_fails_never_reaches_the_cell_and_is_shown_once(fresh):
    fresh(
        SHELL,
        """
        from jupyterlab_torchprof.probes import registry
        from jupyterlab_torchprof.probes.base import Probe

        class Bad(Probe):
            name = "bad"
            def begin(self, run):
                raise RuntimeError("at the beginning\\nof all")
            def end(self, run, record):
                raise ValueError("at the end")

        class Unattached(Bad):
            name = "unattached"
            def attach(self, patches):
                raise AttributeError("not in this PyTorch")

        make = registry.make_probes
        import jupyterlab_torchprof.measurement as measurement
        measurement.make_probes = lambda health, **options: [
            Bad(health), Unattached(health), *make(health, **options)
        ]
        from jupyterlab_torchprof.extension import load
        profiler = load(shell)
        sent = []
        profiler._front_ends.send = lambda message: sent.append(type(message).__name__)
        assert run("6 * 7") == 42
        assert profiler.history.last().memory
        health = {entry.part: entry for entry in profiler.session().health}
        assert set(health) == {"bad", "unattached"}
        assert health["bad"].failures == 2
        assert health["bad"].message == "ValueError: at the end"
        assert health["unattached"].failures == 1
        assert sent.count("StatusMessage") == 1
        """,
    )


def test_an_interrupt_in_our_own_walk_leaves_everything_whole(fresh):
    fresh(
        SHELL,
        """
        import jupyterlab_torchprof.measurement as measurement
        from jupyterlab_torchprof.probes import registry
        from jupyterlab_torchprof.probes.base import Probe

        class Slow(Probe):
            name = "slow"
            stop = True
            def end(self, run, record):
                if self.stop:
                    raise KeyboardInterrupt

        make = registry.make_probes
        measurement.make_probes = lambda health, **options: [
            Slow(health), *make(health, **options)
        ]
        from jupyterlab_torchprof.extension import load
        profiler = load(shell)
        assert run("1 + 1") == 2
        record = profiler.history.last()
        assert (record.status, len(record.memory)) == ("ok", 1)
        Slow.stop = False
        run("x = 1")
        assert len(profiler.history.records()) == 2
        assert not profiler.health.entries()
        """,
    )


def test_nothing_of_the_users_is_kept_alive(fresh):
    fresh(
        SHELL,
        LOADED,
        """
        run(
            "import torch, time, weakref\\n"
            "watched = []\\n"
            "def work():\\n"
            "    local = torch.ones(1000, requires_grad=True)\\n"
            "    watched.append(weakref.ref(local))\\n"
            "    time.sleep(0.5)\\n"
            "    return (local * 2).sum()\\n"
        )
        run("out = work()\\nwatched.append(weakref.ref(out))")
        assert len(last().samples) > 3
        run("del out")
        last()
        import torch
        watched = shell.user_ns["watched"]
        assert [ref() for ref in watched] == [None, None]
        """,
    )


def test_the_doctor_imports_no_torch_and_starts_no_device(fresh):
    fresh(
        SHELL,
        LOADED,
        """
        checks = {check.topic: check for check in profiler.examine()}
        assert "torch" not in sys.modules
        assert checks["PyTorch"].found.endswith("installed; this session did not import it.")
        assert "threads" not in checks and "devices" not in checks
        import torch
        torch.set_num_threads(2)
        checks = {check.topic: check for check in profiler.examine()}
        assert not torch.cuda.is_initialized()
        assert checks["PyTorch"].found.startswith(f"PyTorch {torch.__version__}, built ")
        assert "uses 2 threads" in checks["threads"].found
        assert not profiler.health.entries(), profiler.health.entries()
        """,
    )
