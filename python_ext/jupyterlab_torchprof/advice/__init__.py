"""Advice: pure functions of records. Imports neither IPython nor torch."""
