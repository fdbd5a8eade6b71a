"""``jupyter torchprof doctor``: the facts of this machine, and findings on machines made up."""

from __future__ import annotations

import json
import sys

import pytest
import torch
from jupyterlab_torchprof import cli
from jupyterlab_torchprof.doctor.checks import judge
from jupyterlab_torchprof.doctor.facts import ExamineError, Facts, Gpu, examine
from jupyterlab_torchprof.doctor.text import render

GIB = 1 << 30
H200 = Gpu(device="cuda:0", name="NVIDIA H200", total_bytes=140 * GIB, capability=[9, 0])


def machine(**more):
    values = {
        "python": "3.11.7",
        "executable": "/usr/bin/python3",
        "platform": "Linux",
        "torch": "2.13.0",
        "build_cuda": "12.6",
        "cuda_available": True,
        "accelerator": "cuda",
        "arch_list": ["sm_80", "sm_90", "compute_90"],
        "cudnn": "91002",
        "gpus": [H200],
        "bf16": True,
        "matmul_precision": "high",
        "driver": "570.86",
        "driver_cuda": "12.8",
        "driver_gpus": 1,
        "cpu_count": 16,
        "num_threads": 16,
        "shared_memory_bytes": 64 * GIB,
        "packages": {"pynvml": "13"},
    }
    return Facts(**{**values, **more})


def bad(facts):
    return {r.topic: r.advice for r in judge(facts) if r.level == "problem"}


def notes(facts):
    return {r.topic: r.advice for r in judge(facts) if r.level == "note"}


def test_a_good_machine():
    assert bad(machine()) == notes(machine()) == {}
    text = render(judge(machine()))
    assert "cuda:0: NVIDIA H200, 140 GiB, compute capability 9.0." in text
    assert text.endswith("No problem was found.")


def test_a_build_for_the_cpu_on_a_machine_with_a_gpu():
    facts = machine(build_cuda=None, cuda_available=False, gpus=[], arch_list=[], accelerator=None)
    assert bad(facts)["build"].endswith("torch --index-url https://download.pytorch.org/whl/cu126")
    newer = machine(build_cuda=None, cuda_available=False, driver_cuda="13.0")
    assert bad(newer)["build"].endswith("/cu130")


def test_a_driver_that_is_too_old():
    facts = machine(driver_cuda="11.4", cuda_available=False, gpus=[], accelerator=None)
    assert bad(facts) == {"build": "Update the NVIDIA driver first; then install PyTorch again."}


def test_a_driver_of_the_same_major_version_runs_a_newer_build():
    assert bad(machine(build_cuda="12.8", driver_cuda="12.2")) == {}


def test_a_container_without_gpus():
    facts = machine(cuda_available=False, gpus=[], accelerator=None, build_cuda=None, driver_gpus=0)
    assert bad(facts) == {}
    assert "--gpus all" in notes(facts)["driver"]


def test_gpus_that_are_hidden_on_purpose():
    facts = machine(
        cuda_available=False, gpus=[], accelerator=None, variables={"CUDA_VISIBLE_DEVICES": ""}
    )
    assert bad(facts) == {}
    assert list(notes(facts)) == ["devices"]


@pytest.mark.parametrize(
    ("capability", "arch_list", "fits"),
    [
        ([9, 0], ["sm_80", "sm_90"], True),
        ([8, 6], ["sm_80", "sm_90"], True),
        ([7, 5], ["sm_80", "sm_90"], False),
        ([12, 0], ["sm_80", "sm_90"], False),
        ([12, 0], ["sm_90", "compute_90"], True),
        ([9, 0], ["sm_90a"], True),
        ([9, 0], ["gfx90a"], True),
    ],
)
def test_code_for_the_device(capability, arch_list, fits):
    gpu = Gpu(device="cuda:0", name="GPU", capability=capability)
    assert ("architectures" not in bad(machine(gpus=[gpu], arch_list=arch_list))) is fits


def test_threads():
    assert "torch.set_num_threads(4)" in bad(machine(cpu_count=4))["threads"]
    facts = machine(num_threads=1, variables={"OMP_NUM_THREADS": "1"})
    assert "OMP_NUM_THREADS=1" in notes(facts)["threads"]


def test_a_container_with_little_shared_memory():
    assert "--shm-size" in notes(machine(shared_memory_bytes=64 << 20))["shared memory"]


def test_no_pytorch():
    facts = Facts(executable="/usr/bin/python3", torch_error="It is not installed.")
    assert bad(facts) == {"PyTorch": 'Install it: "/usr/bin/python3" -m pip install torch'}


def test_a_device_that_a_working_process_has_not_started():
    facts = machine(cuda_available=None, gpus=[], arch_list=[], accelerator=None)
    assert bad(facts) == notes(facts) == {}
    assert "No accelerator was started." in render(judge(facts))
    assert "PyTorch cannot use CUDA" in render(judge(machine(cuda_available=False)))
    assert list(bad(machine(cuda_available=None, driver_cuda="11.4"))) == ["build"]


def test_pytorch_that_a_working_process_has_not_imported():
    facts = machine(is_imported=False, build_cuda=None, cuda_available=None, gpus=[])
    assert bad(facts) == notes(facts) == {}
    assert "installed; this session did not import it." in render(judge(facts))


def test_a_python_without_the_package(tmp_path):
    with pytest.raises(ExamineError, match="cannot be started"):
        examine(str(tmp_path / "python"))


def test_this_machine_by_the_command(capsys):
    status = cli.main(["doctor", "--json"])

    found = json.loads(capsys.readouterr().out)
    problems = [result for result in found["results"] if result["level"] == "problem"]
    assert status == (1 if problems else 0)
    assert found["facts"]["torch"] == torch.__version__
    assert found["facts"]["num_threads"]
    assert found["facts"]["executable"] == sys.executable
