model.eval()
result = sum(model(x).item() for x in data) / max(map(len, data))
model.train()
return result
