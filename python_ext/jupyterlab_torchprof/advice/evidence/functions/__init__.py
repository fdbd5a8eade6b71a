"""What a run did within a function of the notebook, so that rules can judge it like a cell."""
