for name, p in model.named_parameters():
    if 'bn' in name: p.requires_grad = False
