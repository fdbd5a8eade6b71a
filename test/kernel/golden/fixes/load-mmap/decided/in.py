state = torch.load(path, mmap=False)
