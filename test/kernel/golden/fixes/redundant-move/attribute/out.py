lab.model = lab.model.to(lab.device)
for batch in batches:
    lab.out = lab.model(batch)
