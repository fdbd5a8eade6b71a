model.eval()
return model(x)
