with torch.no_grad():
    '😀'; '🎉'; output = model(x)  # forward
output
