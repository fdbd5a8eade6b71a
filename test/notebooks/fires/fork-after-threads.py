# advice: launch fork-after-threads 5
# needs: cpu
# fixed: not compared: one thread rounds otherwise
# %% computed
import signal

import torch
import torch.multiprocessing as mp

torch.set_num_threads(2)
product = torch.randn(512, 512) @ torch.randn(512, 512)
# %% setup
def work(rank):
    """Computes."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(9)
    inner(torch.randn(16, 64))


def inner(x):
    return torch.nn.Linear(64, 64)(x).sum().backward()
# %% launch
# raises: ProcessExitedException
mp.start_processes(work, nprocs=2, start_method="fork")
