%%capture
model = optimizer = None
model = load()
