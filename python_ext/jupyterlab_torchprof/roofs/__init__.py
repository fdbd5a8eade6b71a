"""What a device does at best: a product of matrices and a copy, timed when somebody asks for it."""
