"""Loads: which functions load, what they read, what came of it and where that landed."""
