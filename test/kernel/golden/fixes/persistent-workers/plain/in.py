loader = DataLoader(data, num_workers=2)
