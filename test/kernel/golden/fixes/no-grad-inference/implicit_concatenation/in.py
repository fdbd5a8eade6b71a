text, out = (
    "one "
    '''two
  three'''
    "four"
), model(x)  # forward
