loss.backward()
optimizer.step()
loss.backward()
