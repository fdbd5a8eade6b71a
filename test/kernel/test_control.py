"""Requests that a kernel takes while it runs a cell."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from jupyterlab_torchprof.deliver.control import Control
from jupyterlab_torchprof.messages import STOP_REQUEST

from .conftest import Kernel

TRAIN = """%%torchprof --deep --steps 100
import time, torch
net = torch.nn.Linear(8, 8)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(40):
    net(torch.ones(4, 8)).sum().backward()
    optimizer.step()
    time.sleep(0.1)
"""


def test_listens_and_leaves_nothing() -> None:
    stopped: list[str] = []
    kernel = SimpleNamespace(control_handlers={"other": 1})
    control = Control(stopped.append)
    control.open(kernel)
    listen = kernel.control_handlers[STOP_REQUEST]
    for odd in ({"content": {"run_id": "r"}}, {"content": {"run_id": 3}}, {"content": 1}, None):
        listen(None, None, odd)
    assert stopped == ["r"]
    control.close()
    assert kernel.control_handlers == {"other": 1}


@pytest.mark.parametrize("kernel", [None, object(), SimpleNamespace(control_handlers=())])
def test_a_kernel_without_the_channel(kernel: object) -> None:
    control = Control(lambda _run: None)
    control.open(kernel)
    control.close()


def test_a_busy_kernel_stops_recording_and_goes_on(kernel: Kernel) -> None:
    kernel.load()
    front_end = kernel.connect()
    busy = kernel.start(TRAIN, "cell")

    def progress() -> list[str]:
        return [each["deep"]["state"] for each in front_end.of("sample") if each.get("deep")]

    kernel.read_until(lambda: "recording" in progress(), "steps to be recorded")
    message = kernel.client.session.msg(
        STOP_REQUEST, {"run_id": front_end.of("start")[-1]["run_id"]}
    )
    kernel.client.control_channel.send(message)
    assert kernel.finish(busy).content["status"] == "ok"
    [ended] = front_end.wait_for("end")
    deep = ended["record"]["deep"]
    assert deep["window"]["cut"] == "stopped"
    assert 0 < len(deep["steps"]) < 40
    assert progress()[-1] == "done"
    assert kernel.run("print(i)").text == "39\n"
