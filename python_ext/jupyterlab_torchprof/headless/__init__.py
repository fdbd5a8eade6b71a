"""Profile a notebook without a front end: run it, keep what was measured, whatever happens."""
