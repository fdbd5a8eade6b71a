def run(x): return model(x)
