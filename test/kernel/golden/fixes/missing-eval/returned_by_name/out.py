result = 0
result_2 = {}
model.eval()
result_3 = self.f(model(x), result_2)  # all
model.train()
return result_3
