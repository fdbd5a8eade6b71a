a.backward(gradient)
b.backward()
