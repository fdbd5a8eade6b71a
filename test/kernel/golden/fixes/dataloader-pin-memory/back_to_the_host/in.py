loader = DataLoader(data)
for x in loader:
    y = model(x.to(device)).to("cpu")
