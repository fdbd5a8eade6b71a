for batch in loader: out = model(batch)  # forward
