model.to(device)
async for x in stream:
    await send(model(x))
