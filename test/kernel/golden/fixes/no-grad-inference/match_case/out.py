match len(loader):
    case 4:
        with torch.no_grad():
            out = model(x)  # forward
    case _:
        out = None
