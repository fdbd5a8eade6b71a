lab.model.to(device)
for batch in batches:
    out = lab.model(batch)
    lab.total += out
lab.model.cpu()
print(1)
