return await serve(model, x)
