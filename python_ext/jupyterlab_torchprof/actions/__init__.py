"""What the user can have done in the kernel with one click; no source is changed."""
