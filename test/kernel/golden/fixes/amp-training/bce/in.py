for x, y in loader:
    x, y = x.to(device), y.to(device)
    optimizer.zero_grad()
    out = model(x)  # scores
    loss = F.binary_cross_entropy(out, y)
    loss.backward()
    optimizer.step()
