loader = DataLoader(data, pin_memory=True)
for x in loader:
    y = model(x.to(device, non_blocking=True)).to("cpu")
