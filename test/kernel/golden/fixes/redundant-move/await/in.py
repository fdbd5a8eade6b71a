async for x in stream:
    model.to(device)
    await send(model(x))
