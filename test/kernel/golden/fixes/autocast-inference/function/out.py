def predict(x):
    with torch.no_grad(), torch.autocast("cuda", dtype=torch.bfloat16):
        return model(x)
