a = DataLoader(data, pin_memory=True)
b = DataLoader(other, batch_size=2, pin_memory=True, shuffle=True)
