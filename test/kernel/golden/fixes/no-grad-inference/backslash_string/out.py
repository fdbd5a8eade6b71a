with torch.no_grad():
    text = 'one \
  two'; out = model(x)  # forward
