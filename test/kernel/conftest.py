"""Shells in this process and real kernels for the tests."""

from __future__ import annotations

import atexit
import queue
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from traitlets.config import Config

LOAD = "get_ipython().extension_manager.load_extension('jupyterlab_torchprof')"
PATIENCE_S = 60.0
_LAST = ("test_corpus.py", "test_safe_fixes.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The corpus comes last: memory that it leaves with the process would hide what others add.

    After it only what makes use of its runs.
    """
    items.sort(key=lambda item: _LAST.index(item.path.name) if item.path.name in _LAST else -1)


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """An IPython shell in this process, without history."""
    config = Config()
    config.HistoryManager.enabled = False
    main = sys.modules["__main__"]
    shell = InteractiveShell(config=config)
    try:
        yield shell
    finally:
        for name in list(shell.extension_manager.loaded):
            shell.extension_manager.unload_extension(name)
        sys.modules["__main__"] = main
        shell.atexit_operations()
        atexit.unregister(shell.atexit_operations)


@dataclass
class Reply:
    """What came of one execute request."""

    content: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What the kernel published for it, in order."""

    def outputs(self, kind: str) -> list[dict[str, Any]]:
        """Contents of the messages of one type."""
        return [m["content"] for m in self.messages if m["header"]["msg_type"] == kind]

    @property
    def text(self) -> str:
        """What it printed."""
        return "".join(content["text"] for content in self.outputs("stream"))


class FrontEnd:
    """One comm to the kernel, as a front end has it."""

    def __init__(self, kernel: Kernel, hello: dict[str, Any] | None) -> None:
        self._kernel = kernel
        self.comm_id = f"test-{time.monotonic_ns()}"
        self.messages: list[dict[str, Any]] = []
        """Data of the messages that came, in order."""
        self.closed = False
        kernel.front_ends[self.comm_id] = self
        content = {
            "comm_id": self.comm_id,
            "target_name": "jupyterlab-torchprof",
            "data": {"type": "hello", "settings": {}} if hello is None else hello,
        }
        kernel.send("comm_open", content)

    def send(self, data: dict[str, Any]) -> None:
        self._kernel.send("comm_msg", {"comm_id": self.comm_id, "data": data})

    def close(self) -> None:
        self._kernel.send("comm_close", {"comm_id": self.comm_id, "data": {}})

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one type."""
        return [message for message in self.messages if message["type"] == kind]

    def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Read until there are so many messages of a type."""
        self._kernel.read_until(lambda: len(self.of(kind)) >= count, f"{count} {kind}")
        return self.of(kind)


class Kernel:
    """A real ipykernel in its own process."""

    def __init__(self, manager: KernelManager | None = None) -> None:
        """``manager``: of one that was started in another way."""
        if manager is None:
            manager = KernelManager(kernel_name="python3")
            manager.start_kernel(extra_arguments=["--HistoryManager.enabled=False"])
        self.manager = manager
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE_S)
        self.front_ends: dict[str, FrontEnd] = {}
        self._replies: dict[str, Reply] = {}
        self._idle: set[str] = set()

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def restart(self) -> None:
        """As the front end does it: the comms are gone, the connection stays."""
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=PATIENCE_S)
        self.front_ends.clear()

    def send(
        self, kind: str, content: dict[str, Any], metadata: dict[str, Any] | None = None
    ) -> str:
        message = self.client.session.msg(kind, content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def start(self, code: str, cell_id: str | None = None, **options: Any) -> str:
        """Send an execute request and return at once."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
            **options,
        }
        metadata = {} if cell_id is None else {"cellId": cell_id}
        message_id = self.send("execute_request", content, metadata)
        self._replies[message_id] = Reply({})
        return message_id

    def finish(self, message_id: str) -> Reply:
        """Wait until a request that was started is done."""
        self.read_until(lambda: message_id in self._idle, "the kernel to be idle")
        reply = self._replies.pop(message_id)
        while True:
            message = self.client.get_shell_msg(timeout=PATIENCE_S)
            if message["parent_header"].get("msg_id") == message_id:
                reply.content = message["content"]
                return reply

    def run(self, code: str, cell_id: str | None = None, **options: Any) -> Reply:
        """Run code and wait for its end."""
        return self.finish(self.start(code, cell_id, **options))

    def load(self) -> Reply:
        """Load the extension as the front end does: silently."""
        return self.run(LOAD, silent=True, store_history=False)

    def connect(self, hello: dict[str, Any] | None = None) -> FrontEnd:
        """Open a comm and wait for the session."""
        front_end = FrontEnd(self, hello)
        front_end.wait_for("session")
        return front_end

    def read_until(self, done: Callable[[], bool], what: str) -> None:
        """Read published messages until something is so; fails after a minute."""
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            if time.monotonic() > deadline:
                pytest.fail(f"waited in vain for {what}")
            self._read()

    def _read(self) -> None:
        try:
            message = self.client.get_iopub_msg(timeout=0.5)
        except queue.Empty:
            return
        kind, content = message["header"]["msg_type"], message["content"]
        if kind in ("comm_msg", "comm_close") and content["comm_id"] in self.front_ends:
            front_end = self.front_ends[content["comm_id"]]
            if kind == "comm_close":
                front_end.closed = True
            else:
                front_end.messages.append(content["data"])
        parent = message["parent_header"].get("msg_id", "")
        if parent in self._replies:
            self._replies[parent].messages.append(message)
            if kind == "status" and content["execution_state"] == "idle":
                self._idle.add(parent)


@pytest.fixture
def bare_kernel() -> Iterator[Kernel]:
    """A kernel of its own, without the extension."""
    kernel = Kernel()
    try:
        yield kernel
    finally:
        kernel.stop()


@pytest.fixture(scope="module")
def _shared_kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.load()
    try:
        yield kernel
    finally:
        kernel.stop()


@pytest.fixture
def kernel(_shared_kernel: Kernel) -> Kernel:
    """A kernel with the extension, shared by the tests of a file; profiling is on."""
    for front_end in _shared_kernel.front_ends.values():
        front_end.close()
    _shared_kernel.front_ends.clear()
    _shared_kernel.run("%torchprof on")
    return _shared_kernel


@pytest.fixture
def free_port() -> int:
    """One that nobody listens to."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
