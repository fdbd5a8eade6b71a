with torch.no_grad():
    out = %time model(x)
