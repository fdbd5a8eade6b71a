"""What holds memory at present, which run made it, and what can be let go of."""
