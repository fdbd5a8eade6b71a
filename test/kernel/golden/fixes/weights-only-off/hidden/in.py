state = torch.load(path, **options)
