"""Finding tensors and modules in the namespace, and counting them."""
