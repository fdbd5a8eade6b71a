import a; x = 1
for x in batches: model.to(device); model(x)
