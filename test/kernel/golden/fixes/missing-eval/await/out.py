model.eval()
out = await serve(model, x)
