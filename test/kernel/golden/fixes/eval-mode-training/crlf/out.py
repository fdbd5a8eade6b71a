net.train()
for x in data:
  fit(net, x)
