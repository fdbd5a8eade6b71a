"""What is computed and timed beside the user's program, when somebody asks for it."""
