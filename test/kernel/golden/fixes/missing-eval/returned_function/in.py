return [lambda x: model(x) for _ in data]
