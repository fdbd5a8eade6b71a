with torch.no_grad():
    outs = [
        model(batch)  # forward
        for batch in loader
    ]
len(outs)
