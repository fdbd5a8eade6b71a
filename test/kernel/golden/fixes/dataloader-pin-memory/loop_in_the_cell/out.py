loader = DataLoader(data, pin_memory=True)
for x, y in loader:
    x, y = x.to(device, non_blocking=True), y.cuda(non_blocking=True)
