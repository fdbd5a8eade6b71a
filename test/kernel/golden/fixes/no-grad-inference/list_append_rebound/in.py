outputs = []
for outputs in [outputs]:
    pass
outputs.append(model(x))
