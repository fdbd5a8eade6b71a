with torch.no_grad():
    print(model(x).shape)  # forward
