model = optimizer = None
model = await fetch()
