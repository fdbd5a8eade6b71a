"""One process of several that a cell starts: it measures itself, and writes what it sees."""
