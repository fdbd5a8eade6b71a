with torch.no_grad(): out = model(x); y = out + 1
