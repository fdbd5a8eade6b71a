with torch.no_grad():
    text, out = (
        "one "
        '''two
  three'''
        "four"
    ), model(x)  # forward
