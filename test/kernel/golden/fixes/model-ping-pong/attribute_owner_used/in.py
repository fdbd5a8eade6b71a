for batch in batches:
    lab.model.to(device)
    out = lab.model(batch)
    lab.model.cpu()
    lab.show(out)
