loader = DataLoader(data)
for x, y in loader:
    x, y = x.to(device), y.cuda()
