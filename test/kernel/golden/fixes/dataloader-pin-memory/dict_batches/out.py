loader = DataLoader(data, pin_memory=True)
for batch in loader:
    batch = {k: v.to(device, non_blocking=True) for k, v in batch.items()}
