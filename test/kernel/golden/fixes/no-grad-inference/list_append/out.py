outputs = []
with torch.no_grad():
    outputs.append(model(x))  # forward
