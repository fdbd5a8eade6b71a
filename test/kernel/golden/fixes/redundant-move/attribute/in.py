for batch in batches:
    lab.model = lab.model.to(lab.device)
    lab.out = lab.model(batch)
