with torch.no_grad():
    first = model(x)  # forward
    # the same again

    second = model(x)  # forward
third = first + 1
with torch.no_grad():
    fourth = model(x)  # forward
