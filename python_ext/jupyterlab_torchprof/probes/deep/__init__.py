"""The deep profile: why a cell takes what it takes, for a few steps, when it is asked for.

PyTorch's profiler only collects operators. What they belong to is joined by time: lines of the
user's code (`lines`), modules (`modules`), steps (`window`). Nothing here runs in a cell that no
deep profile was asked for.
"""
