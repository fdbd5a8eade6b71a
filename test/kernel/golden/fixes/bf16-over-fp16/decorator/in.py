@torch.autocast('cuda')
def step(x, y):
    return f(model(x), y)
