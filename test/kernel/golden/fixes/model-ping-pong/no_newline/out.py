model.to(device)
for x in batches:
    out = model(x)
model.cpu();