async def batches():
    for batch in loader:
        yield batch
async for batch in batches():
    out = model(batch)  # forward
