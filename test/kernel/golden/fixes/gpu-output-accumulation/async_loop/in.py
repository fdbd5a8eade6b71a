async for x in stream:
    outs.append(model(x))
