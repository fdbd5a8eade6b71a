for lab.device in devices:
    lab.model.to(lab.device)
    lab.out = lab.model(batch)
