with open('f') as f, torch.inference_mode(mode=False):
    out = model(x)  # forward
