loss = f(x)
loss.backward()
loss = f(x)
loss.backward()
