"""Batches: passes over loaders, and what their workers and a loop do meanwhile."""
