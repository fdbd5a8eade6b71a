"""Advice on what modules, optimizers and processes refuse, from records built by hand."""

from __future__ import annotations

from functools import partial

import pytest
from builders import failed, fixed, in_function, in_layer, loading, named, only
from jupyterlab_torchprof.record import (
    KeyMismatch,
    MemoryEntry,
    NamedObject,
    Optimizer,
    ParameterGroup,
)

SAME_DEVICE = "Expected all tensors to be on the same device, but got mat1 is on cpu"
MIB = 1 << 20


class TestStateDictKeys:
    RULE = "state-dict-keys"
    SOURCE = "model.load_state_dict(state)\n"
    MESSAGE = 'Error(s) in loading state_dict for Net:\n\tMissing key(s) in state_dict: "a". '

    def advice(self, build, source=SOURCE, **keys):
        facts = {"direct": False, "keys": KeyMismatch(module="model", **keys)}
        return only(build, self.RULE, failed(build, source, self.MESSAGE, 1, facts=facts))

    @pytest.mark.parametrize(
        ("keys", "result"),
        [
            (
                {"prefix": "module."},
                "model.load_state_dict("
                '{key.removeprefix("module."): value for key, value in state.items()})\n',
            ),
            (
                {"lacks_prefix": "module."},
                'model.load_state_dict({"module." + key: value for key, value in state.items()})\n',
            ),
            ({"nested": "model"}, 'model.load_state_dict(state["model"])\n'),
            (
                {"nested": "state_dict", "prefix": "model.", "besides_count": 2},
                'model.load_state_dict({key.removeprefix("model."): value for key, value in '
                'state["state_dict"].items() if key.startswith("model.")})\n',
            ),
            (
                {"nested": "state_dict", "lacks_prefix": "module."},
                'model.load_state_dict({"module." + key: value for key, value in '
                'state["state_dict"].items()})\n',
            ),
        ],
    )
    def test_loads_what_fits(self, build, keys, result):
        advice = self.advice(build, missing=["a"], missing_count=1, **keys)
        assert fixed(advice, self.SOURCE) == result
        assert advice.severity == "high"

    def test_counts_what_does_not(self, build):
        keys = {"missing": list("abcde"), "missing_count": 9, "unexpected": ["x"]}
        advice = self.advice(build, **keys, unexpected_count=1, matched_count=4)
        assert advice.fix is None
        assert advice.title == (
            "The state dict does not fit `model`: keys missing: 9, unexpected: 1, fitting: 4."
        )
        assert advice.evidence == ["Missing: `a`, `b`, `c` and 6 more.", "Unexpected: `x`."]

    def test_a_checkpoint_of_another_model_is_called_a_checkpoint(self, build):
        keys = {
            "missing": ["a"],
            "missing_count": 1,
            "unexpected": ["x"],
            "unexpected_count": 1,
            "around": "state_dict",
        }
        advice = self.advice(build, **keys)
        assert advice.fix is None
        assert advice.title == (
            "A checkpoint was given to `model`: the state dict in it lies under `state_dict`, and "
            "its keys are others, too."
        )

    def test_other_sizes(self, build):
        sizes = ["fc.weight: [10, 4] in the state dict, [2, 4] here"]
        advice = self.advice(build, sizes=sizes, sizes_count=1)
        assert advice.title == "1 parameter of `model` has another size in the state dict."

    def test_refuses_a_call_that_it_cannot_find(self, build):
        advice = self.advice(build, "restore(model)\n", prefix="module.")
        assert advice.refusal == "The call that loads it was not found on the failing line."

    def test_silent_without_keys(self, build):
        assert only(build, self.RULE, failed(build, self.SOURCE, self.MESSAGE, 1)) is None


class TestUnregisteredLayer:
    RULE = "unregistered-layer"

    def test_a_layer_in_a_list(self, build):
        x = named("x", 2, 6, devices={"cuda:0": 48})
        facts = in_layer("Linear", "net.blocks[3]", x)
        facts["calls"][0].devices = {"cpu": 96}
        facts["calls"][0].unregistered = "net.blocks"
        advice = only(build, self.RULE, failed(build, "net(x)\n", SAME_DEVICE, 1, facts=facts))
        assert advice.title == (
            "`net.blocks[3]` is on cpu: `net.blocks` is plain Python, and `net` does not know what "
            "is in it."
        )
        assert "`nn.ModuleList`" in advice.explanation

    def test_a_plain_tensor(self, build):
        scale = named("self.scale", 6, unregistered="self.scale")
        x = named("x", 2, 6, devices={"cuda:0": 48})
        record = failed(build, "x * self.scale\n", SAME_DEVICE, 1, facts={"objects": [x, scale]})
        advice = only(build, self.RULE, record)
        assert advice.title.startswith("`self.scale` is on cpu: a plain tensor that `self`")
        assert only(build, "input-device-mismatch", record) is None

    def test_an_optimizer_without_parameters(self, build):
        net = NamedObject(name="net", kind="module", class_name="Net", hidden=["net.blocks"])
        message = "optimizer got an empty parameter list"
        record = failed(
            build,
            "SGD(net.parameters())\n",
            message,
            1,
            name="ValueError",
            facts={"objects": [net]},
        )
        assert "`net.blocks`" in only(build, self.RULE, record).title

    def test_silent_for_layers_that_are_known(self, build):
        facts = in_layer("Linear", "net.fc", named("x", 2, 6, devices={"cuda:0": 48}))
        facts["calls"][0].devices = {"cpu": 96}
        record = failed(build, "net(x)\n", SAME_DEVICE, 1, facts=facts)
        assert only(build, self.RULE, record) is None


class TestOptimizerStateDevice:
    RULE = "optimizer-state-device"

    def advice(self, build, held, facts=None):
        optimizer = Optimizer(
            variable="optimizer",
            class_name="Adam",
            steps=1,
            groups=[ParameterGroup(parameters=2)],
            devices=["cuda:0"],
            state_bytes=held,
        )
        facts = in_function("step") if facts is None else facts
        source = "optimizer.step()\n"
        record = failed(build, source, SAME_DEVICE, 1, facts=facts, optimizers=[optimizer])
        return only(build, self.RULE, record)

    def test_names_both_devices(self, build):
        advice = self.advice(build, {"cpu": MIB})
        assert advice.title == "The state of `optimizer` is on cpu, its parameters on cuda:0."
        assert "1 MiB of its state on cpu." in advice.evidence

    def test_counters_of_steps_may_be_on_the_host(self, build):
        assert self.advice(build, {"cpu": 8, "cuda:0": MIB}) is None

    def test_silent_for_other_operations(self, build):
        assert self.advice(build, {"cpu": MIB}, facts={"direct": False}) is None


class TestGeneratorDevice:
    RULE = "generator-device"
    MESSAGE = "Expected a 'cuda' device type for generator but found 'cpu'"

    def test_names_both_devices(self, build):
        advice = only(build, self.RULE, failed(build, "torch.randn(3)\n", self.MESSAGE, 1))
        assert advice.title == ("The generator is on cpu, and the random numbers are made on cuda.")

    def test_a_sampler(self, build):
        facts = in_function("_next_index")
        record = failed(build, "next(batches)\n", self.MESSAGE, 1, facts=facts)
        assert "set_default_device" in only(build, self.RULE, record).explanation

    def test_silent_for_other_errors(self, build):
        assert only(build, self.RULE, failed(build, "f()\n", SAME_DEVICE, 1)) is None


class TestTensorToNumpy:
    RULE = "tensor-to-numpy"
    GRAD = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
    DEVICE = "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy"

    def record(self, build, source, message=GRAD, name="RuntimeError", **tensor):
        facts = {"objects": [named("x", 3, **{"requires_grad": True, **tensor})]}
        return failed(build, source, message, 1, name=name, facts=facts)

    def test_detaches(self, build):
        advice = only(build, self.RULE, self.record(build, "a = x.numpy()\n"))
        assert fixed(advice, "a = x.numpy()\n") == "a = x.detach().numpy()\n"

    def test_brings_it_to_the_host(self, build):
        record = self.record(
            build, "a = x.numpy()\n", self.DEVICE, "TypeError", devices={"cuda:0": 12}
        )
        advice = only(build, self.RULE, record)
        assert fixed(advice, "a = x.numpy()\n") == "a = x.detach().cpu().numpy()\n"

    def test_what_is_passed_on(self, build):
        record = self.record(build, "a = np.asarray(x)\n")
        record.error.direct = False
        record.error.calls = in_function("__array__", self=named("x", 3))["calls"]
        advice = only(build, self.RULE, record)
        assert fixed(advice, "a = np.asarray(x)\n") == "a = np.asarray(x.detach())\n"

    def test_what_is_computed_from_it_has_no_name(self, build):
        source = "a = model(x).numpy()\n"
        advice = only(build, self.RULE, self.record(build, source))
        assert advice.title.startswith("What `numpy()` is called on is a part of a graph")
        assert fixed(advice, source) == "a = model(x).detach().numpy()\n"

    def test_silent_where_several_are_asked(self, build):
        record = self.record(build, "a = f(x).numpy(), g(x).numpy()\n")
        assert only(build, self.RULE, record) is None


class TestWorkers:
    GONE = "DataLoader worker (pid(s) 7) exited unexpectedly"
    own = partial(loading, workers=2, start_method="spawn", dataset_in_notebook=True, batches=0)

    def test_a_dataset_of_the_notebook(self, build):
        record = failed(build, "next(it)\n", self.GONE, 1, data_loading=[self.own()])
        advice = only(build, "worker-import", record)
        assert advice.title == "Workers of `train` cannot import `ImageFolder` from a notebook."

    @pytest.mark.parametrize(
        "more", [{"start_method": "fork"}, {"dataset_in_notebook": False}, {"batches": 3}]
    )
    def test_silent_for_what_could_be_imported(self, build, more):
        record = failed(build, "next(it)\n", self.GONE, 1, data_loading=[self.own(**more)])
        assert only(build, "worker-import", record) is None

    def test_what_cannot_be_pickled(self, build):
        message = "Can't pickle <function <lambda> at 0x7f>: attribute lookup <lambda> on __main__"
        facts = in_function("_get_iterator")
        record = failed(build, "iter(l)\n", message, 1, name="PicklingError", facts=facts)
        assert only(build, "worker-import", record) is not None
        alone = failed(build, "dumps(f)\n", message, 1, name="PicklingError")
        assert only(build, "worker-import", alone) is None

    @pytest.mark.parametrize(
        ("signal", "part"), [("Killed", "memory"), ("Bus error", "/dev/shm"), ("Aborted", "num_wo")]
    )
    def test_a_signal(self, build, signal, part):
        facts = {"cause": f"DataLoader worker (pid 7) is killed by signal: {signal}. "}
        record = failed(build, "next(it)\n", self.GONE, 1, facts=facts)
        advice = only(build, "worker-killed", record)
        assert advice.title == f"A worker process of the loader was ended by a signal: {signal}."
        assert part in advice.explanation

    def test_silent_without_a_signal(self, build):
        assert only(build, "worker-killed", failed(build, "next(it)\n", self.GONE, 1)) is None

    def test_cuda_in_a_fork(self, build):
        message = "Caught RuntimeError in DataLoader worker process 0.\nRuntimeError: Cannot "
        fork = f"{message}re-initialize CUDA in forked subprocess. To use CUDA with"
        advice = only(build, "cuda-before-fork", failed(build, "next(it)\n", fork, 1))
        assert advice.title.startswith("The dataset or its `collate_fn` uses CUDA")
        assert only(build, "cuda-before-fork", failed(build, "next(it)\n", message, 1)) is None


class TestHostOutOfMemory:
    RULE = "host-out-of-memory"
    MESSAGE = "DefaultCPUAllocator: can't allocate memory: you tried to allocate {} bytes. Error"

    def advice(self, build, message, name="RuntimeError"):
        host = MemoryEntry(
            device="host",
            allocated_before_bytes=MIB,
            allocated_after_bytes=MIB,
            peak_bytes=2 * MIB,
            peak_is="exact",
            total_bytes=64 * MIB,
        )
        record = failed(build, "f()\n", message, 1, name=name, memory=[host])
        return only(build, self.RULE, record)

    def test_more_than_there_is(self, build):
        advice = self.advice(build, self.MESSAGE.format(128 * MIB))
        assert advice.title == "128 MiB was asked for at once; the host has 64 MiB."
        assert advice.evidence[1] == "This process had 2 MiB of 64 MiB at most."

    def test_less_than_there_is(self, build):
        advice = self.advice(build, self.MESSAGE.format(32 * MIB))
        assert advice.title == "The host could not give 32 MiB of memory."

    def test_of_python(self, build):
        advice = self.advice(build, "", "MemoryError")
        assert advice.title == "The host could not give as much memory as was asked for."

    def test_silent_for_devices(self, build):
        assert self.advice(build, "CUDA out of memory. Tried to allocate 2 GiB") is None
