"""What cells do with the value of a variable, and with what they make of it."""
