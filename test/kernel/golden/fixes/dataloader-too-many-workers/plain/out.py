loader = DataLoader(data, num_workers=2, pin_memory=True)
