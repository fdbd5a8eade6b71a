with torch.no_grad():
    output = *model(x), 1  # forward
output
