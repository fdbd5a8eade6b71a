"""Hooks into a running PyTorch program that it does not notice."""
