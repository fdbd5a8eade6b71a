with torch.cuda.amp.autocast(False):
    loss = f(model(x), y)
