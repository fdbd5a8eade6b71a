async def batches():
    for batch in loader:
        yield batch
async for batch in batches():
    with torch.no_grad():
        out = model(batch)  # forward
