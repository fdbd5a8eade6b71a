"""Measuring autograd graphs without running or keeping any of them."""
