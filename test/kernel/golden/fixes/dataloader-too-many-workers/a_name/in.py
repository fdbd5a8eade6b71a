n = 64
loader = DataLoader(data, num_workers=n)
