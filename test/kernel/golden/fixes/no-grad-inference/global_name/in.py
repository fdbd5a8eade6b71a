if model(x) is not None:  # forward
    global flag
    flag = 1
