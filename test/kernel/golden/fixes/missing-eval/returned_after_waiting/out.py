model.eval()
result = await serve(model, x)
model.train()
return result
