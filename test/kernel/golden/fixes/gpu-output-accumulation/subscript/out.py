for x in loader:
    outs += [model(x)['logits'].detach().cpu()]
