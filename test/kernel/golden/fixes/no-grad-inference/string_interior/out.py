with torch.no_grad():
    text, out = """
  keep
    me
""", model(x)  # forward
