"""Two sessions beside each other: which cells belong together, what changed, and what may."""
