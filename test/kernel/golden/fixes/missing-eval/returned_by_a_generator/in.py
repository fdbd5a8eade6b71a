yield 1
return model(x)
