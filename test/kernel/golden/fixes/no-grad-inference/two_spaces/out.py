if flag:
  for batch in loader:
    with torch.no_grad():
      out = model(batch)  # forward
