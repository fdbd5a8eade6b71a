import torch as t
model = Net()
for x, y in train_loader:
	loss = criterion(model(x), y)
	loss.backward()
model.eval()
with t.no_grad():
	for x, y in loader:
		hits += (model(x).argmax(1) == y).sum().item()