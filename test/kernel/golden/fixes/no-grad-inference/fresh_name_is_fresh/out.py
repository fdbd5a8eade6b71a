output = 1
result = 2
with torch.no_grad():
    shown = model(x)  # forward
shown
