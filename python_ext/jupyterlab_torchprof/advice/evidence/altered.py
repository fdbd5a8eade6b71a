"""Models whose weights are not what the notebook's text makes of them."""

from __future__ import annotations

from ...record import Layers


def is_altered(layers: Layers | None) -> bool:
    """Whether a library has quantized the weights, or moves or shards them by itself.

    What such a model is moved to, converted to or compiled with is the library's business.
    """
    return layers is not None and (layers.quantized or layers.managed is not None)
