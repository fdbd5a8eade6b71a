with torch.no_grad():
    for batch in loader: out = model(batch)  # forward
