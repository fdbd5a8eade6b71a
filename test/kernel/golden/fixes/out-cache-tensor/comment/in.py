x  # how does it look?
