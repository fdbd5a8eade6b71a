def run():
    for x in batches:
        model.to(device)
        model(x)
run()
