match len(loader):
    case 4:
        out = model(x)  # forward
    case _:
        out = None
