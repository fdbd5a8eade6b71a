text, out = """
  keep
    me
""", model(x)  # forward
