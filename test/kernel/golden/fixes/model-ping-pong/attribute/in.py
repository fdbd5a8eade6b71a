for batch in batches:
    lab.model.to(device)
    out = lab.model(batch)
    lab.model.cpu()
    lab.total += out
print(1)
