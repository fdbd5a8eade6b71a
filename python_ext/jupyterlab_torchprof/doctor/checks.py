"""Judges the facts: what is as it should be, what is not, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..record import Check
from ..units import format_bytes
from .facts import Facts

_WHEELS = "https://download.pytorch.org/whl"
_BUILDS = {12: "cu126", 13: "cu130"}
"""Builds by the major CUDA version of the driver, which runs all builds of that version."""
_SMALL_SHM = 1 << 30
_AMPERE = [8, 0]


def judge(facts: Facts) -> list[Check]:
    """All results, in the order in which one thing rests on another."""
    checks: tuple[Callable[[Facts], Iterator[Check]], ...] = (
        _python,
        _torch,
        _driver,
        _devices,
        _architectures,
        _cudnn,
        _precision,
        _allocator,
        _threads,
        _shared_memory,
        _nvml,
    )
    return [result for check in checks for result in check(facts)]


def _python(facts: Facts) -> Iterator[Check]:
    memory = f", {format_bytes(facts.host_total_bytes)} RAM" if facts.host_total_bytes else ""
    yield Check(
        level="ok",
        topic="Python",
        found=f"Python {facts.python} ({facts.executable}) on {facts.platform}, "
        f"{facts.cpu_count or 'unknown'} cores{memory}.",
    )


def _torch(facts: Facts) -> Iterator[Check]:
    if not facts.is_imported:
        version = f"{facts.torch} is" if facts.torch else "is not"
        found = f"PyTorch {version} installed; this session did not import it."
        yield Check(level="ok", topic="PyTorch", found=found)
        return
    if facts.torch is None:
        yield Check(
            level="problem",
            topic="PyTorch",
            found=f"PyTorch cannot be imported. {facts.torch_error or ''}".strip(),
            advice=f'Install it: "{facts.executable}" -m pip install torch',
        )
        return
    kind = "for the CPU only"
    if facts.build_cuda:
        kind = f"for CUDA {facts.build_cuda}"
    elif facts.build_hip:
        kind = f"for ROCm {facts.build_hip}"
    elif facts.accelerator:
        kind = f"with {facts.accelerator}"
    yield Check(level="ok", topic="PyTorch", found=f"PyTorch {facts.torch}, built {kind}.")


def _driver(facts: Facts) -> Iterator[Check]:
    if facts.driver is None:
        if facts.build_cuda and facts.torch and facts.cuda_available is False:
            yield Check(
                level="note",
                topic="driver",
                found="There is no NVIDIA driver, so PyTorch computes on the CPU.",
                advice="On a machine without an NVIDIA GPU this is right. In a container, start "
                "it with access to the GPUs (for Docker: --gpus all).",
            )
        return
    supports = f", which supports CUDA up to {facts.driver_cuda}" if facts.driver_cuda else ""
    yield Check(level="ok", topic="driver", found=f"NVIDIA driver {facts.driver}{supports}.")
    if facts.torch is None or facts.cuda_available or facts.build_hip or _is_hidden(facts):
        return
    if not facts.is_imported:
        return  # nothing is known of its build
    if facts.driver_gpus == 0:
        yield Check(
            level="note",
            topic="driver",
            found="The driver is there, but no GPU was given to this process.",
            advice="In a container, start it with access to the GPUs (for Docker: --gpus all).",
        )
    elif facts.build_cuda is None:
        yield Check(
            level="problem",
            topic="build",
            found="The machine has an NVIDIA driver, but this PyTorch is built for the CPU only.",
            advice=_reinstall(facts),
        )
    elif facts.driver_cuda and _numbers(facts.driver_cuda) < _numbers(facts.build_cuda)[:1]:
        yield Check(
            level="problem",
            topic="build",
            found=f"The driver supports CUDA {facts.driver_cuda} at most, PyTorch is built for "
            f"{facts.build_cuda}.",
            advice=f"Update the driver, or: {_reinstall(facts)}"
            if facts.driver_cuda.partition(".")[0] in map(str, _BUILDS)
            else _reinstall(facts),
        )
    elif facts.cuda_available is False:
        yield Check(
            level="problem",
            topic="CUDA",
            found="There is a driver and a build with CUDA, but PyTorch cannot use CUDA. "
            + (facts.cuda_warning or ""),
            advice="Check with nvidia-smi that the driver works; restart the machine after a "
            "driver update.",
        )


def _devices(facts: Facts) -> Iterator[Check]:
    if _is_hidden(facts):
        hidden = facts.variables.get("CUDA_VISIBLE_DEVICES", "")
        yield Check(
            level="note",
            topic="devices",
            found=f'CUDA_VISIBLE_DEVICES="{hidden}" hides all GPUs.',
            advice="Unset it before the kernel starts, if that was not meant.",
        )
    if not facts.gpus:
        if facts.is_imported and facts.torch is not None and not _is_hidden(facts):
            asleep = facts.driver_gpus and facts.cuda_available is None
            found = "No accelerator was started." if asleep else "No accelerator; the CPU is used."
            yield Check(level="ok", topic="devices", found=found)
        return
    for gpu in facts.gpus:
        memory = f", {format_bytes(gpu.total_bytes)}" if gpu.total_bytes else ""
        capability = ""
        if gpu.capability:
            capability = f", compute capability {'.'.join(map(str, gpu.capability))}"
        yield Check(
            level="ok", topic="devices", found=f"{gpu.device}: {gpu.name}{memory}{capability}."
        )
    if facts.driver_gpus and facts.driver_gpus > len(facts.gpus):
        yield Check(
            level="note",
            topic="devices",
            found=f"The driver knows {facts.driver_gpus} GPUs, PyTorch sees {len(facts.gpus)}.",
            advice="CUDA_VISIBLE_DEVICES or the container selects them.",
        )


def _architectures(facts: Facts) -> Iterator[Check]:
    if not facts.arch_list:
        return
    for gpu in facts.gpus:
        if gpu.capability and not _is_built_for(gpu.capability, facts.arch_list):
            name = f"sm_{gpu.capability[0]}{gpu.capability[1]}"
            yield Check(
                level="problem",
                topic="architectures",
                found=f"This build has no code for {gpu.name} ({name}); it has "
                f"{', '.join(facts.arch_list)}.",
                advice="Install a version of PyTorch whose builds include it: newer for a new GPU, "
                "older for an old one.",
            )


def _is_built_for(capability: list[int], arch_list: list[str]) -> bool:
    """Binaries run on the same major version, from their minor on; PTX on all later GPUs."""
    wanted = tuple(capability)
    for arch in arch_list:
        kind, _, digits = arch.partition("_")
        digits = digits.rstrip("af")
        if not digits.isdigit():
            return True  # another naming: nothing can be said
        built = (int(digits[:-1]), int(digits[-1]))
        if kind == "sm" and built[0] == wanted[0] and built[1] <= wanted[1]:
            return True
        if kind == "compute" and built <= wanted:
            return True
    return False


def _cudnn(facts: Facts) -> Iterator[Check]:
    if facts.accelerator != "cuda" or facts.build_hip:
        return
    if facts.cudnn:
        yield Check(level="ok", topic="cuDNN", found=f"cuDNN {facts.cudnn}.")
    else:
        yield Check(
            level="problem",
            topic="cuDNN",
            found="cuDNN cannot be used, so convolutions are slow or fail.",
            advice="Reinstall PyTorch from its wheels, which bundle cuDNN; a foreign cuDNN in "
            "LD_LIBRARY_PATH may stand in the way.",
        )


def _precision(facts: Facts) -> Iterator[Check]:
    if facts.accelerator != "cuda" or facts.build_hip:
        return
    yield Check(
        level="ok",
        topic="precision",
        found=f"bfloat16 is {'' if facts.bf16 else 'not '}supported natively; float32 matrix "
        f"products have precision {facts.matmul_precision or 'unknown'}.",
        advice='torch.set_float32_matmul_precision("high") allows TF32, which is faster and less '
        "exact."
        if _has_tf32(facts) and facts.matmul_precision == "highest"
        else "",
    )


def _has_tf32(facts: Facts) -> bool:
    return any(gpu.capability is not None and gpu.capability >= _AMPERE for gpu in facts.gpus)


def _allocator(facts: Facts) -> Iterator[Check]:
    names = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF")
    for name in names:
        if name in facts.variables:
            yield Check(level="ok", topic="allocator", found=f"{name}={facts.variables[name]}.")
            return
    if facts.accelerator == "cuda":
        yield Check(level="ok", topic="allocator", found="The allocator's settings are default.")


def _threads(facts: Facts) -> Iterator[Check]:
    threads, cores = facts.num_threads, facts.cpu_count
    if threads is None or cores is None:
        return
    kinds = [
        f"{count} {what}{'' if count == 1 else 's'}"
        for count, what in ((threads, "thread"), (cores, "core"))
    ]
    found = f"PyTorch uses {kinds[0]} on {kinds[1]}."
    if threads > cores:
        cause = _cause(facts)
        yield Check(
            level="problem",
            topic="threads",
            found=found,
            advice=f"More threads than cores are slow{cause}: torch.set_num_threads({cores}).",
        )
    elif threads == 1 < cores:
        yield Check(
            level="note",
            topic="threads",
            found=found,
            advice=f"torch.set_num_threads({cores}) uses them all{_cause(facts)}.",
        )
    else:
        yield Check(level="ok", topic="threads", found=found)


def _cause(facts: Facts) -> str:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        if name in facts.variables:
            return f" ({name}={facts.variables[name]} is set)"
    return ""


def _shared_memory(facts: Facts) -> Iterator[Check]:
    size = facts.shared_memory_bytes
    if size is not None and size < _SMALL_SHM:
        yield Check(
            level="note",
            topic="shared memory",
            found=f"/dev/shm has {format_bytes(size)}.",
            advice="DataLoader workers hand batches over through it and die with a bus error when "
            "it is full. For Docker: --shm-size=8g or --ipc=host.",
        )


def _nvml(facts: Facts) -> Iterator[Check]:
    if facts.driver and facts.packages.get("pynvml") is None:
        yield Check(
            level="note",
            topic="NVML",
            found="nvidia-ml-py is not installed, so memory of other processes is not shown.",
            advice=f'"{facts.executable}" -m pip install nvidia-ml-py',
        )


def _is_hidden(facts: Facts) -> bool:
    return facts.variables.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1")


def _reinstall(facts: Facts) -> str:
    """A line that installs a build which the driver can run."""
    build = _BUILDS.get(_numbers(facts.driver_cuda or "")[:1][0] if facts.driver_cuda else 0)
    if build is None:
        return "Update the NVIDIA driver first; then install PyTorch again."
    return (
        f'Install a build with CUDA: "{facts.executable}" -m pip install --upgrade '
        f"--force-reinstall torch --index-url {_WHEELS}/{build}"
    )


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]
