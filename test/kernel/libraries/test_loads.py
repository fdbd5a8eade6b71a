"""What libraries load: one entry for a call, with its files and where the tensors landed.

Models are made from configurations and saved by the test: nothing is downloaded.
"""

from __future__ import annotations

import inspect
import sys

import pytest
from corpus import read, run
from jupyterlab_torchprof.derive import line_of

pytestmark = pytest.mark.filterwarnings("ignore")

BERT = """
from transformers import AutoModel, BertConfig, BertModel
config = BertConfig(
    hidden_size=128, num_hidden_layers=4, num_attention_heads=4, intermediate_size=256,
    vocab_size=5000,
)
BertModel(config).save_pretrained(folder, max_shard_size=size)
"""
BYTES = 5_009_920
"""Of the parameters of that model; of its buffers 8,192."""


@pytest.fixture
def book(notebook, tmp_path):
    notebook.namespace["folder"] = str(tmp_path / "model")
    notebook.namespace["size"] = "1GB"
    return notebook


def one_load(record):
    (load,) = record.loads
    assert not load.failed
    assert load.duration_s > 0
    return load


class TestSafetensors:
    @pytest.fixture
    def book(self, book):
        pytest.importorskip("safetensors")
        book.ok(
            "import torch\nfrom safetensors.torch import save_file\n"
            "path = folder + '.safetensors'\n"
            "save_file({'weight': torch.ones(1024, 512), 'bias': torch.ones(1024)}, path)"
        )
        return book

    def test_load_file(self, book):
        record = book.ok("from safetensors.torch import load_file\nstate = load_file(path)")
        load = one_load(record)
        assert (load.call, load.library) == ("safetensors.torch.load_file", None)
        assert (load.path, load.format) == (book.namespace["path"], "safetensors")
        assert (load.shards, load.class_name, load.zip_format) == (1, None, None)
        assert load.landed == {"cpu": 4 * 513 * 1024}
        assert load.dtypes == {"float32": 4 * 513 * 1024}
        if sys.platform == "linux":
            assert load.mapped_bytes == 4 * 513 * 1024
        assert line_of(record, load.place) == 2

    def test_what_lies_in_the_file_is_no_checkpoint_s_memory(self, book):
        record = book.ok(
            "from safetensors.torch import load_file\nmodel = torch.nn.Linear(512, 1024)\n"
            "state = load_file(path)\nmodel.load_state_dict(state)"
        )
        (kept,) = record.checkpoints
        assert (kept.variable, kept.loaded_into) == ("state", "model")
        assert kept.unique_bytes == ({} if sys.platform == "linux" else {"cpu": 4 * 513 * 1024})

    def test_load_model(self, book):
        record = book.ok(
            "from safetensors.torch import load_model\nmodel = torch.nn.Linear(512, 1024)\n"
            "load_model(model, path)"
        )
        load = one_load(record)
        assert (load.call, load.class_name) == ("safetensors.torch.load_model", "Linear")
        assert load.landed == {"cpu": 4 * 513 * 1024}
        assert line_of(record, load.place) == 3


class TestTransformers:
    @pytest.fixture
    def book(self, book):
        pytest.importorskip("transformers")
        return book

    @pytest.mark.parametrize(("size", "shards"), [("1GB", 1), ("1MB", 4)])
    def test_from_pretrained(self, book, size, shards):
        book.namespace["size"] = size
        book.ok(BERT)
        record = book.ok("\nmodel = BertModel.from_pretrained(folder)")
        load = one_load(record)
        assert (load.call, load.library) == ("from_pretrained", "transformers")
        assert (load.class_name, load.path) == ("BertModel", book.namespace["folder"])
        assert (load.format, load.shards) == ("safetensors", shards)
        assert load.file_bytes > BYTES
        assert load.landed == {"cpu": BYTES + 8192}
        assert line_of(record, load.place) == 2

    def test_an_auto_class_and_a_dtype(self, book):
        book.ok(BERT)
        load = one_load(
            book.ok("import torch\nmodel = AutoModel.from_pretrained(folder, dtype=torch.bfloat16)")
        )
        assert load.class_name == "BertModel"
        assert load.dtypes == {"bfloat16": BYTES // 2, "int64": 8192}

    def test_a_name_whose_files_are_in_the_cache(self, book, tmp_path):
        book.ok(BERT)
        cached = tmp_path / "cache" / "models--org--net"
        snapshot, blobs = cached / "snapshots" / ("0" * 40), cached / "blobs"
        snapshot.mkdir(parents=True)
        blobs.mkdir()
        (cached / "refs").mkdir()
        (cached / "refs" / "main").write_text("0" * 40, "utf-8")
        for number, file in enumerate(sorted((tmp_path / "model").iterdir())):
            file.rename(blobs / str(number))
            (snapshot / file.name).symlink_to(blobs / str(number))
        book.namespace["cache"] = str(tmp_path / "cache")
        load = one_load(
            book.ok(
                "options = dict(cache_dir=cache, local_files_only=True)\n"
                "model = AutoModel.from_pretrained('org/net', **options)"
            )
        )
        assert (load.path, load.shards, load.format) == ("org/net", 1, "safetensors")
        assert load.file_bytes > BYTES
        if sys.platform == "linux":
            assert load.mapped_bytes == BYTES

    def test_a_checkpoint_of_the_trainer(self, book):
        pytest.importorskip("accelerate")
        book.ok(
            "import torch\nfrom transformers import BertConfig, BertForSequenceClassification\n"
            "from transformers import Trainer, TrainingArguments\n"
            "config = BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=4,\n"
            "    intermediate_size=64, vocab_size=500)\n"
            "item = dict(input_ids=torch.tensor([1, 2]), labels=torch.tensor(0))\n"
            "options = dict(max_steps=2, save_steps=1, report_to=[], use_cpu=True,\n"
            "    disable_tqdm=True)\n"
            "def make():\n"
            "    return Trainer(BertForSequenceClassification(config),\n"
            "        TrainingArguments(folder, **options), train_dataset=[item] * 8)\n"
            "result = make().train()"
        )
        record = book.ok(
            "trainer = make()\ntrainer.train(resume_from_checkpoint=folder + '/checkpoint-1')"
        )
        loads = {load.path.rpartition("/")[2]: load for load in record.loads}
        assert {"model.safetensors", "optimizer.pt"} <= loads.keys()
        assert {load.library for load in record.loads} == {"transformers"}
        assert {line_of(record, load.place) for load in record.loads} == {2}

    def test_accelerate_dispatches(self, book):
        pytest.importorskip("accelerate")
        book.namespace["size"] = "1MB"
        book.ok(BERT)
        record = book.ok(
            "from accelerate import init_empty_weights, load_checkpoint_and_dispatch\n"
            "with init_empty_weights():\n    empty = BertModel(config)\n"
            "places = {'embeddings': 'cpu', 'encoder': 'disk', 'pooler': 'cpu'}\n"
            "model = load_checkpoint_and_dispatch(\n"
            "    empty, folder, device_map=places, offload_folder=folder + '/offloaded'\n)"
        )
        load = one_load(record)
        assert (load.call, load.library) == ("load_checkpoint_and_dispatch", "accelerate")
        assert (load.class_name, load.format, load.shards) == ("BertModel", "safetensors", 4)
        assert load.landed["meta"] == 0
        assert 0 < load.landed["cpu"] < BYTES


class TestDiffusers:
    @pytest.fixture
    def book(self, book):
        pytest.importorskip("diffusers")
        book.ok(
            "from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel\n"
            "unet = UNet2DModel(\n"
            "    sample_size=8, block_out_channels=(32, 64), layers_per_block=1,\n"
            "    down_block_types=('DownBlock2D', 'DownBlock2D'),\n"
            "    up_block_types=('UpBlock2D', 'UpBlock2D'), norm_num_groups=8,\n)\n"
            "DDPMPipeline(unet, DDPMScheduler()).save_pretrained(folder)\n"
            "size = sum(p.numel() * 4 for p in unet.parameters())"
        )
        return book

    @pytest.mark.parametrize(
        ("call", "name"),
        [
            ("UNet2DModel.from_pretrained(folder, subfolder='unet')", "UNet2DModel"),
            ("DDPMPipeline.from_pretrained(folder)", "DDPMPipeline"),
        ],
    )
    def test_from_pretrained(self, book, call, name):
        record = book.ok(f"\nmodel = {call}")
        load = one_load(record)
        assert (load.call, load.library) == ("from_pretrained", "diffusers")
        assert (load.class_name, load.path) == (name, book.namespace["folder"])
        assert (load.format, load.shards) == ("safetensors", 1)
        assert book.namespace["size"] <= load.landed["cpu"] < book.namespace["size"] + 100_000
        assert line_of(record, load.place) == 2


def test_timm(book):
    pytest.importorskip("timm")
    book.ok(
        "import timm, torch\npath = folder + '.pth'\n"
        "torch.save(timm.create_model('resnet18').state_dict(), path)"
    )
    load = one_load(book.ok("net = timm.create_model('resnet18', checkpoint_path=path)"))
    assert (load.call, load.library, load.class_name) == ("create_model", "timm", "ResNet")
    assert (load.path, load.format) == (book.namespace["path"], "pytorch")


def test_lightning(book):
    pytest.importorskip("lightning")
    book.ok(
        "import lightning, torch\n"
        "class Lit(lightning.LightningModule):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.net = torch.nn.Linear(300, 300)\n"
        "    def configure_optimizers(self):\n"
        "        return torch.optim.SGD(self.parameters(), 0.1)\n"
        "    def training_step(self, batch, index):\n"
        "        return self.net(batch).sum()\n"
        "options = dict(accelerator='cpu', logger=False, enable_progress_bar=False,\n"
        "    enable_model_summary=False, default_root_dir=folder)\n"
        "data = torch.utils.data.DataLoader(torch.randn(8, 300), batch_size=4)\n"
        "trainer = lightning.Trainer(max_epochs=1, **options)\ntrainer.fit(Lit(), data)\n"
        "path = trainer.checkpoint_callback.best_model_path"
    )
    record = book.ok("\nback = Lit.load_from_checkpoint(path)")
    load = one_load(record)
    assert (load.call, load.library) == ("load_from_checkpoint", "lightning")
    assert (load.class_name, load.path) == ("Lit", book.namespace["path"])
    assert (load.format, load.shards) == ("pytorch", 1)
    assert load.landed == {"cpu": 4 * 300 * 301}
    assert line_of(record, load.place) == 2
    book.run("back.load_from_checkpoint(path)")
    assert "cannot be called on an instance" in str(book.error)
    record = book.ok(
        "more = lightning.Trainer(max_epochs=2, enable_checkpointing=False, **options)\n"
        "more.fit(Lit(), data, ckpt_path=path)"
    )
    load = one_load(record)
    assert (load.call, load.library) == ("torch.load", "lightning")
    assert load.path == book.namespace["path"]


def test_sentence_transformers(book):
    pytest.importorskip("sentence_transformers")
    book.ok(BERT)
    record = book.ok(
        "from sentence_transformers import SentenceTransformer\nmodel = SentenceTransformer(folder)"
    )
    load = one_load(record)
    assert (load.call, load.library) == ("SentenceTransformer", "sentence_transformers")
    assert (load.path, load.format) == (book.namespace["folder"], "safetensors")
    assert load.landed["cpu"] >= BYTES
    assert line_of(record, load.place) == 2


KEPT = """# advice: none
# %% setup
import torch
from safetensors.torch import load_file, save_file
from torch import nn

model = nn.Linear(2048, 2048)
save_file(model.state_dict(), PATH)
# %% load
state = load_file(PATHOPTIONS)
model.load_state_dict(state)
# %% one
x = 1
# %% two
y = 2
"""


class TestAdvice:
    @pytest.mark.parametrize(
        ("options", "advised"),
        [
            (", backend='pread'", {("load", "state-dict-kept")}),
            # What lies in the mapped file takes no memory that the system could not have back.
            ("", set() if sys.platform == "linux" else {("load", "state-dict-kept")}),
        ],
    )
    def test_a_state_dict_of_safetensors_that_stays(self, tmp_path, options, advised):
        reader = pytest.importorskip("safetensors.torch")
        if options and "backend" not in inspect.signature(reader.load_file).parameters:
            pytest.skip("this safetensors only maps")
        path = repr(str(tmp_path / "model.safetensors"))
        text = KEPT.replace("OPTIONS", options).replace("PATH", path)
        (tmp_path / "notebook.py").write_text(text, "utf-8")
        result = run(read(tmp_path / "notebook.py"), "cpu")
        assert result.advice().keys() == advised
        assert not result.health
