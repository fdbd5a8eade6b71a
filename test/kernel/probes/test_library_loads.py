"""Loads by libraries, here by small ones of our own: whose one call reads several files."""

from __future__ import annotations

import inspect
import sys
import textwrap

import pytest
import torch
from jupyterlab_torchprof.derive import line_of

MODELS = """
    import threading

    import torch


    def _get_resolved_checkpoint_files(folder):
        return [f"{folder}/listed.safetensors"], None


    class PreTrainedModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(2, 2, bias=False)

        @classmethod
        def from_pretrained(cls, pretrained_model_name_or_path, *, threads=False, listed=False):
            \"\"\"Reads what is there.\"\"\"
            model, folder = cls(), pretrained_model_name_or_path
            if listed:
                _get_resolved_checkpoint_files(folder)
                return model
            if folder == "nowhere":
                raise OSError(folder)
            for number in range(3):
                path = f"{folder}/{number}.bin"
                if not threads:
                    torch.load(path)
                    continue
                reader = threading.Thread(target=read, args=(path,))
                reader.start()
                reader.join()
            return model


    def read(path):
        torch.load(path)


    class Auto:
        @classmethod
        def from_pretrained(cls, folder):
            return Named.from_pretrained(folder)


    class Named(PreTrainedModel):
        pass
"""
TIMM = """
    import torch


    def create_model(model_name, pretrained=False, checkpoint_path=""):
        model = torch.nn.Linear(2, 2)
        if checkpoint_path:
            torch.load(checkpoint_path)
        return model


    def resume(path):
        return torch.load(path, weights_only=False)
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A folder of libraries, whose modules go when the test has ended."""
    folder = tmp_path / "site-packages"
    (folder / "transformers").mkdir(parents=True)
    (folder / "transformers" / "__init__.py").write_text("", "utf-8")
    (folder / "transformers" / "modeling_utils.py").write_text(textwrap.dedent(MODELS), "utf-8")
    (folder / "timm.py").write_text(textwrap.dedent(TIMM), "utf-8")
    for number in range(3):
        torch.save({"x": torch.ones(4)}, tmp_path / f"{number}.bin")
    (tmp_path / "listed.safetensors").write_bytes(bytes(100))
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("transformers", "timm"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(folder))
    yield tmp_path
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("transformers", "timm"):
            del sys.modules[name]


@pytest.fixture
def book(library, notebook):
    notebook.namespace["folder"] = str(library)
    return notebook


SIZE = "sum(os.path.getsize(f'{folder}/{n}.bin') for n in range(3))"
NAMED = "from transformers.modeling_utils import Named\n"


@pytest.mark.parametrize("options", ["", ", threads=True"])
def test_one_call_is_one_load(book, options):
    record = book.ok(f"{NAMED}\nmodel = Named.from_pretrained(folder{options})")
    (load,) = record.loads
    assert (load.call, load.library, load.class_name) == (
        "from_pretrained",
        "transformers",
        "Named",
    )
    assert (load.path, load.format, load.shards) == (book.namespace["folder"], "pytorch", 3)
    book.ok(f"import os\nsize = {SIZE}")
    assert load.file_bytes == book.namespace["size"]
    assert (load.landed, load.dtypes) == ({"cpu": 16}, {"float32": 16})
    assert line_of(record, load.place) == 3
    assert record.checkpoints == [], "what the library read is its own"


def test_a_load_is_where_the_user_called_the_library(book):
    record = book.ok(
        "from transformers.modeling_utils import Auto\n"
        "def get(folder):\n    return Auto.from_pretrained(folder)\nmodel = get(folder)"
    )
    (load,) = record.loads
    place = record.places[load.place]
    assert (place.kind, place.function, place.line) == ("cell", "get", 3)


def test_files_that_the_library_lists(book):
    (load,) = book.ok(f"{NAMED}model = Named.from_pretrained(folder, listed=True)").loads
    assert (load.format, load.shards, load.file_bytes) == ("safetensors", 1, 100)


def test_a_call_that_fails(book):
    record = book.run(f"{NAMED}model = Named.from_pretrained('nowhere')")
    assert isinstance(book.error, OSError)
    (load,) = record.loads
    assert (load.path, load.failed, load.shards, load.format) == ("nowhere", True, None, None)


def test_a_model_that_is_made_without_a_file_is_no_load(book):
    assert book.ok("import timm\nmodel = timm.create_model('net')").loads == []
    (load,) = book.ok("model = timm.create_model('net', checkpoint_path=f'{folder}/0.bin')").loads
    assert (load.call, load.library, load.shards) == ("create_model", "timm", 1)
    assert load.path == f"{book.namespace['folder']}/0.bin"


def test_a_library_that_calls_torch_load(book):
    record = book.ok("import timm\nstate = timm.resume(f'{folder}/0.bin')")
    (load,) = record.loads
    assert (load.call, load.library, load.weights_only) == ("torch.load", "timm", False)
    assert load.needs_code is None
    assert line_of(record, load.place) == 2


def test_the_user_s_own_call_is_no_library_s(book):
    (load,) = book.ok("import torch\nstate = torch.load(f'{folder}/0.bin')").loads
    assert (load.call, load.library, load.class_name) == ("torch.load", None, None)


def test_methods_stay_what_they_are(book):
    book.ok(NAMED + "from transformers.modeling_utils import PreTrainedModel, Auto")
    base, named = book.namespace["PreTrainedModel"], book.namespace["Named"]
    own = vars(base)["from_pretrained"]
    assert type(own) is classmethod
    assert named.from_pretrained.__self__ is named
    assert named.from_pretrained.__doc__ == "Reads what is there."
    first, *_rest = inspect.signature(named.from_pretrained).parameters
    assert first == "pretrained_model_name_or_path"
    book.ok(
        "class Mine(Named):\n    @classmethod\n    def from_pretrained(cls, folder):\n"
        "        return super().from_pretrained(folder)\nmodel = Mine.from_pretrained(folder)"
    )
    assert type(book.namespace["model"]).__name__ == "Mine"


def test_unloading_gives_back_what_was_imported_by_name(book):
    book.ok(
        "import timm, transformers.modeling_utils as models, types\nother = types.ModuleType('o')"
    )
    other, timm = book.namespace["other"], book.namespace["timm"]
    models = book.namespace["models"]
    sys.modules["other_library"] = other
    try:
        other.make = wrapper = timm.create_model
        book.measurement.close()
    finally:
        del sys.modules["other_library"]
    assert wrapper is not timm.create_model
    assert other.make is timm.create_model is wrapper.__wrapped__
    for method in (
        vars(models.PreTrainedModel)["from_pretrained"],
        models._get_resolved_checkpoint_files,
    ):
        assert not hasattr(getattr(method, "__func__", method), "__wrapped__")
    assert not any(hook for hook in sys.meta_path if type(hook).__name__ == "ImportHook")


def test_unloading_finds_the_only_one_who_imported_by_name(book):
    """Also where somebody has replaced the wrapper since, so that it is held no more often."""
    book.ok(
        "import timm, types\nother = types.ModuleType('o')\nother.make = timm.create_model\n"
        "timm.create_model = None"
    )
    other = book.namespace["other"]
    sys.modules["other_library"] = other
    try:
        book.measurement.close()
    finally:
        del sys.modules["other_library"]
    assert not hasattr(other.make, "__wrapped__")
    assert other.make.__name__ == "create_model"


def test_a_version_without_these_names(library, notebook):
    path = library / "site-packages" / "transformers" / "modeling_utils.py"
    path.write_text("PreTrainedModel = None\n_get_resolved_checkpoint_files = 7\n", "utf-8")
    notebook.ok("import transformers.modeling_utils as models")
    assert notebook.namespace["models"].PreTrainedModel is None
    assert notebook.health.entries() == []


def test_a_library_that_was_there_before_us(library, notebook):
    notebook.ok("import timm")
    notebook.measurement.close()
    from conftest import Notebook

    other = Notebook()
    try:
        other.namespace.update(timm=notebook.namespace["timm"], folder=str(library))
        (load,) = other.ok(
            "model = timm.create_model('net', checkpoint_path=f'{folder}/0.bin')"
        ).loads
        assert load.call == "create_model"
    finally:
        other.close()
