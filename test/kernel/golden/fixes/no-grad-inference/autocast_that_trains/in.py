with torch.autocast('cpu'):
    loss = model(x).sum()
    loss.backward()
    out = model(x)  # forward
