outputs = []
for outputs in [outputs]:
    pass
with torch.no_grad():
    output = outputs.append(model(x))
output
