outs = [
    model(batch)  # forward
    for batch in loader
]
len(outs)
