"""What PyTorch was built for against what the machine has, with what to do about it."""
