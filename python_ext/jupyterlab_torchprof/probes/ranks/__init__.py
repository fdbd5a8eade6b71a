"""Processes that compute for a cell: each measures itself, as a rank, and tells by a file."""
