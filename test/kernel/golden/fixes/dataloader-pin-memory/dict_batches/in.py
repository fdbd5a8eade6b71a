loader = DataLoader(data, pin_memory=False)
for batch in loader:
    batch = {k: v.to(device) for k, v in batch.items()}
