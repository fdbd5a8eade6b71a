for x, y in loader:
    x, y = x.to(device), y.to(device)
    optimizer.zero_grad()
    out = model(x)  # scores
    loss = criterion(out, y)
    loss.backward()
    optimizer.step()
    seen.append(out.detach().cpu().numpy())
