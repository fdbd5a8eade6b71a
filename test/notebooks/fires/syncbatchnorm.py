# advice: launch syncbatchnorm 51
# fixed: not compared: nothing to apply
# needs: accelerator
# %% setup
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

store = tempfile.mktemp()


class OnHost(dist.ProcessGroup):
    """Collectives of a device that no library knows: gloo's, on copies."""

    def getBackendName(self):
        return "on_host"

    def broadcast(self, tensors, options):
        return self.on_host(tensors, lambda copy: dist.broadcast(copy, options.rootRank))

    def allreduce(self, tensors, options):
        return self.on_host(tensors, dist.all_reduce)

    def allgather(self, outputs, inputs, options):
        for output in outputs[0]:
            output.copy_(inputs[0])
        return self.done(outputs)

    def on_host(self, tensors, collective):
        for tensor in tensors:
            copy = tensor.cpu()
            collective(copy)
            tensor.copy_(copy)
        return self.done(tensors)

    def done(self, result):
        future = torch.futures.Future()
        future.set_result(result)
        return torch._C._distributed_c10d._create_work_from_future(future)


def train(rank, world):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    device = torch.device(torch.device(DEVICE).type, rank)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.LazyLinear(1))
    net(torch.zeros(2, 3, 6, 6))
    model = nn.parallel.DistributedDataParallel(net.to(device), process_group=OnHost(rank, world))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(14):
        optimizer.zero_grad()
        model(torch.randn(8, 3, 6, 6, device=device)).square().mean().backward()
        optimizer.step()
    dist.destroy_process_group()
# %% launch
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")
