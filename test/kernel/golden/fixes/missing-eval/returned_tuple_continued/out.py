model.eval()
result = model(x), *others;
model.train()
return result
