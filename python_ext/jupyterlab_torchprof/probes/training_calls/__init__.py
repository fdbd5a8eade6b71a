"""The calls around a training step: clearing, clipping and scaling of gradients, the cache."""
