"""What keeps memory alive that no variable of the notebook reaches."""
