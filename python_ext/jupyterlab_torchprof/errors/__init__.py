"""What is known of an error that ended a cell: where in the user's code, on what, and why."""
