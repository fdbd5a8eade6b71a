loss = model(x).mean()
loss.backward()
print(w.grad)
loss.backward()
