"""How a record reaches people: comm, display, report."""
