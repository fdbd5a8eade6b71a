out = await serve(model, x)
