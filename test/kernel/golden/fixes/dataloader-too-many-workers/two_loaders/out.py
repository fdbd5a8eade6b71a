train = DataLoader(a, batch_size=8, shuffle=True, num_workers=2)
valid = DataLoader(b, batch_size=8, num_workers=2)
