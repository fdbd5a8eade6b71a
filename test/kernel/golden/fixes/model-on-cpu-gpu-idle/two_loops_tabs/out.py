import torch as t
device = t.device("cuda" if t.cuda.is_available() else "cpu")
model = Net()
model = model.to(device)
for x, y in train_loader:
	x, y = x.to(device), y.to(device)
	loss = criterion(model(x), y)
	loss.backward()
model.eval()
with t.no_grad():
	for x, y in loader:
		x, y = x.to(device), y.to(device)
		hits += (model(x).argmax(1) == y).sum().item()