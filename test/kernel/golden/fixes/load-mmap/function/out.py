def load(path):
    return torch.load(path, weights_only=True, mmap=True)  # safe
