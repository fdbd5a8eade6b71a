for x in batches:
    model.to(device)
    out = model(x)
    model.to(
        "cpu",
    )
