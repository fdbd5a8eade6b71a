"""What the cells of a notebook say: the half of the evidence that stands in their text."""
