async for out in outputs():  # forward
    last = out
