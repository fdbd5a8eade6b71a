text = 'one \
  two'; out = model(x)  # forward
