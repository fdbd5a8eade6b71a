apply = lambda batch: model(batch); out = apply(x)  # forward
