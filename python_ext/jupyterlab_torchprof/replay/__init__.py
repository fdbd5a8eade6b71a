"""Recorded work, run again on random tensors: as it was, and in another way."""
