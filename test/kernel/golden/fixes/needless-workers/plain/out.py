loader = DataLoader(data)
