state = torch.load(path, mmap=True)
