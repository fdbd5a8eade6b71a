@torch.compile(dynamic=True)
def step(x):
    return x * 2
