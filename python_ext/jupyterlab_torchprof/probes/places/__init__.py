"""Where in the user's code something happened: the calling-context tree of one run."""
