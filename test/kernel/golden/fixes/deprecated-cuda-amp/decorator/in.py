@torch.cuda.amp.autocast(dtype=torch.float16)
def step(x):
    return model(x)
