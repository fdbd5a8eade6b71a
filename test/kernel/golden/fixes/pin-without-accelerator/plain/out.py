a = DataLoader(data)
b = DataLoader(other, batch_size=2, shuffle=True)
