@torch.autocast('cuda', dtype=torch.bfloat16)
def step(x, y):
    return f(model(x), y)
