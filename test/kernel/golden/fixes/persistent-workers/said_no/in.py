loader = DataLoader(data, num_workers=2, persistent_workers=False)
