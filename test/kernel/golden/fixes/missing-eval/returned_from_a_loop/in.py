for x in data:
    return model(x)
return None
