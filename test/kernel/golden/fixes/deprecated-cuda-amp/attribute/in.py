with torch.cuda.amp.autocast():
    loss = f(model(x), y)
