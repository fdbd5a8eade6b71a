with torch.no_grad():
    face = '😀😀'; output = model(x)  # forward 😀
output
