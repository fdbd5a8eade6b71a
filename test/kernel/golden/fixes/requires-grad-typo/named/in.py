for name, p in model.named_parameters():
    if 'bn' in name: p.require_grad = False
