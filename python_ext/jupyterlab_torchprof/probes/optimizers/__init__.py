"""Optimizers: their steps, options and state, whose parameters they have, who takes no gradient."""
