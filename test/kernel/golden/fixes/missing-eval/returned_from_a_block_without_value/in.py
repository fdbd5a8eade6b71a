for x in data:
    out.append(model(x))
    return
