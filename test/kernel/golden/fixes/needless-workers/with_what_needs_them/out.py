loader = DataLoader(data, batch_size=8, shuffle=True)
