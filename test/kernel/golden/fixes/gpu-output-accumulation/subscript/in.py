for x in loader:
    outs += [model(x)['logits']]
