return enumerate(map(f, [model(x)])) if data else []
