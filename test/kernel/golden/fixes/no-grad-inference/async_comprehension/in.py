outs = [model(b) async for b in batches()]  # forward
