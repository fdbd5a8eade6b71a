with torch.no_grad():
    output = (out := model(x))  # forward
output
