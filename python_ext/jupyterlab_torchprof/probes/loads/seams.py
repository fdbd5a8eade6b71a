"""The functions that load, of PyTorch, safetensors and the libraries that have their own.

A name that a version of a library does not have is left out.
"""

from __future__ import annotations

from typing import Any

from ..objects.kinds import attributes_of, home_of
from .seam import Arguments, Seam, argument, nothing


def _timm_path(arguments: Arguments) -> Any:
    return argument(4, "checkpoint_path")(arguments) or argument(0, "model_name")(arguments)


def _dcp_path(arguments: Arguments) -> Any:
    _args, kwargs = arguments
    path = kwargs.get("checkpoint_id")
    reader = kwargs.get("storage_reader")
    if path is None and home_of(type(reader)).startswith("torch.distributed.checkpoint."):
        path = attributes_of(reader).get("path")
    return path


def _from_pretrained(library: str, module: str, owner: str) -> Seam:
    return Seam(
        module=module,
        owner=owner,
        name="from_pretrained",
        call="from_pretrained",
        library=library,
        path=argument(1, "pretrained_model_name_or_path"),
        is_of_class=True,
    )


def _lightning(package: str) -> Seam:
    return Seam(
        module=f"{package}.core.module",
        owner="LightningModule",
        name="load_from_checkpoint",
        call="load_from_checkpoint",
        library=package.partition(".")[0],
        path=argument(1, "checkpoint_path"),
        location=argument(2, "map_location"),
        is_of_class=True,
    )


SEAMS: tuple[Seam, ...] = (
    Seam(
        module="torch",
        name="load",
        also=(("torch.serialization", "load"),),
        call="torch.load",
        format="pytorch",
        path=argument(0, "f"),
        location=argument(1, "map_location"),
    ),
    Seam(
        module="torch.hub",
        name="load_state_dict_from_url",
        call="torch.hub.load_state_dict_from_url",
        path=nothing,  # its file is in a cache
        location=argument(2, "map_location"),
    ),
    Seam(
        module="torch.jit",
        name="load",
        also=(("torch.jit._serialization", "load"),),
        call="torch.jit.load",
        format="torchscript",
        path=argument(0, "f"),
        location=argument(1, "map_location"),
    ),
    Seam(
        module="torch.export",
        name="load",
        call="torch.export.load",
        format="exported",
        path=argument(0, "f"),
    ),
    Seam(
        module="torch.distributed.checkpoint",
        name="load",
        also=(("torch.distributed.checkpoint.state_dict_loader", "load"),),
        call="torch.distributed.checkpoint.load",
        format="distributed",
        path=_dcp_path,
        loaded=argument(0, "state_dict"),
    ),
    Seam(
        module="safetensors.torch",
        name="load_file",
        call="safetensors.torch.load_file",
        format="safetensors",
        path=argument(0, "filename"),
    ),
    Seam(
        module="safetensors.torch",
        name="load_model",
        call="safetensors.torch.load_model",
        format="safetensors",
        path=argument(1, "filename"),
        loaded=argument(0, "model"),
        is_of_class=True,
    ),
    _from_pretrained("transformers", "transformers.modeling_utils", "PreTrainedModel"),
    _from_pretrained("diffusers", "diffusers.models.modeling_utils", "ModelMixin"),
    _from_pretrained("diffusers", "diffusers.pipelines.pipeline_utils", "DiffusionPipeline"),
    Seam(
        module="sentence_transformers",
        owner="SentenceTransformer",
        name="__init__",
        call="SentenceTransformer",
        library="sentence_transformers",
        path=argument(1, "model_name_or_path"),
        loaded=argument(0, "self"),
        is_of_class=True,
        always_loads=False,
    ),
    Seam(
        module="timm",
        name="create_model",
        also=(("timm.models", "create_model"), ("timm.models._factory", "create_model")),
        call="create_model",
        library="timm",
        path=_timm_path,
        is_of_class=True,
        always_loads=False,
    ),
    Seam(
        module="accelerate",
        name="load_checkpoint_and_dispatch",
        also=(("accelerate.big_modeling", "load_checkpoint_and_dispatch"),),
        call="load_checkpoint_and_dispatch",
        library="accelerate",
        path=argument(1, "checkpoint"),
        is_of_class=True,
    ),
    _lightning("lightning.pytorch"),
    _lightning("pytorch_lightning"),
)

LISTINGS: tuple[tuple[str, str], ...] = (
    ("transformers.modeling_utils", "_get_resolved_checkpoint_files"),
)
"""Functions that return the files which the call around them reads, by itself or by safetensors'
``safe_open``, a type that libraries import by name."""
MODULES = frozenset({seam.module for seam in SEAMS} | {module for module, _name in LISTINGS})
