"""The probes, in the order in which they end a cell."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from ..health import Health
from .base import Probe
from .device_memory import DeviceMemoryProbe
from .devices import Devices
from .host_memory import HostMemoryProbe
from .sampler import Listener, SamplerProbe

_TORCH_PROBES = {
    "loads": "LoadsProbe",
    "moves": "MovesProbe",
    "autograd": "AutogradProbe",
    "placement": "PlacementProbe",
}


def make_probes(
    health: Health, *, devices: Devices | None = None, listener: Listener | None = None
) -> list[Probe]:
    """New probes for one measurement. They begin a cell in the reverse order.

    The sampler stops first, memory is read before the walks over tensors, which cost some.
    """
    devices = devices or Devices()
    probes: list[Probe] = [
        SamplerProbe(health, devices, listener),
        HostMemoryProbe(health),
        DeviceMemoryProbe(health, devices),
    ]
    for module, name in _TORCH_PROBES.items():
        if find_spec(f"jupyterlab_torchprof.probes.{module}"):
            probes.append(
                getattr(import_module(f"jupyterlab_torchprof.probes.{module}"), name)(health)
            )
    return probes
