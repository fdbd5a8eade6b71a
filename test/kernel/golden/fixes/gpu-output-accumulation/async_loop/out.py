async for x in stream:
    outs.append(model(x).detach().cpu())
