with torch.no_grad():
    output = %time model(x)
output
