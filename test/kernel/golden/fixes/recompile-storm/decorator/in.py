@torch.compile()
def step(x):
    return x * 2
