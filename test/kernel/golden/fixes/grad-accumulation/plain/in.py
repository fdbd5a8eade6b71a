from torch.utils.data import DataLoader
loader = DataLoader(data, batch_size=64, shuffle=True)
for x, y in loader:
    optimizer.zero_grad()
    out = model(x)
    loss = criterion(out, y)
    loss.backward()
    optimizer.step()
