@torch.amp.autocast("cuda", dtype=torch.float16)
def step(x):
    return model(x)
