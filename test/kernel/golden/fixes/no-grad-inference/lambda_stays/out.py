with torch.no_grad():
    apply = lambda batch: model(batch); out = apply(x)  # forward
