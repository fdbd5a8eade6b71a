%%capture
model = load()
