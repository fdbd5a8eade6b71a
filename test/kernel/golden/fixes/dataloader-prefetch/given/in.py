loader = DataLoader(data, num_workers=2, prefetch_factor=2)
