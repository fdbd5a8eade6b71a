loader = DataLoader(data, num_workers=64, pin_memory=True)
