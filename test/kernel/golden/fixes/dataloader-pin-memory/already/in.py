loader = DataLoader(data, pin_memory=True)
