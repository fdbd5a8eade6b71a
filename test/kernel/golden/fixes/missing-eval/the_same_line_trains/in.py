f(model(x)).backward(); out = model(x)
