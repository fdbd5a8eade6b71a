if flag: return model(x)
return None
