with torch.no_grad():
    %time out = model(x)  # forward
