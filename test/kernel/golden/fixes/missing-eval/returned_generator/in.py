return (model(x) for x in data)
