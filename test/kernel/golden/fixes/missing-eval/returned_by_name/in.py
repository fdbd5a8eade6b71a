result = 0
result_2 = {}
return self.f(model(x), result_2)  # all
