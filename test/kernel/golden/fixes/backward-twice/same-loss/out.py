loss = model(x).mean()
loss.backward(retain_graph=True)
print(w.grad)
loss.backward()
