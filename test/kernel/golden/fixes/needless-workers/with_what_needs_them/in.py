loader = DataLoader(data, batch_size=8, num_workers=2, persistent_workers=True, prefetch_factor=4, shuffle=True)
