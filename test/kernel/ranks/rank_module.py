"""What ranks run: a module that processes can import which are started afresh."""

from __future__ import annotations

import os
import signal
import time

import torch
import torch.distributed as dist


def train(rank: int, store: str, steps: int, late_s: float) -> None:
    """A loop of two ranks under DistributedDataParallel; the second comes late to each step."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(16, 16))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        if rank == 1:
            time.sleep(late_s)
        optimizer.zero_grad()
        model(torch.randn(4, 16)).sum().backward()
        optimizer.step()
    dist.destroy_process_group()


def train_past_the_wrapper(rank: int, store: str) -> None:
    """A wrapper that is made and never called."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(16, 16))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        model.module(torch.randn(4, 16)).sum().backward()
        optimizer.step()
    dist.destroy_process_group()


def die(rank: int) -> None:
    """The second process is killed after a second; the first waits for longer."""
    time.sleep(1.0 if rank else 3.0)
    os.kill(os.getpid(), signal.SIGKILL)


def fail(rank: int) -> None:
    """Raise something of its own."""
    raise ArithmeticError(f"rank {rank} cannot go on")


def hang(rank: int, store: str) -> None:
    """The second rank never comes to the second collective."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    dist.all_reduce(torch.ones(1))
    if rank == 1:
        time.sleep(4.5)
        os.kill(os.getpid(), signal.SIGKILL)
    dist.all_reduce(torch.ones(1))


def meet(rank: int, store: str) -> None:
    """One collective, and the group is left."""
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    dist.all_reduce(torch.ones(1))
    dist.destroy_process_group()
