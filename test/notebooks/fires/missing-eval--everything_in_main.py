# advice: run missing-eval 21
# fixed: not compared: dropout works differently in the validation, which is what the fix is for
# %% imports
import torch
import torch.nn as nn
# %% program
def make_data(count):
    x = torch.randn(count, 16, device=DEVICE)
    return x, (x[:, 0] > 0).long()

def main(epochs=25):
    torch.manual_seed(0)
    x, y = make_data(4096)
    xv, yv = make_data(2048)
    net = nn.Sequential(nn.Linear(16, 512), nn.ReLU(), nn.Dropout(0.4), nn.Linear(512, 2)).to(DEVICE)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    scores = []
    for epoch in range(epochs):
        for xb, yb in zip(x.split(2048), y.split(2048)):
            loss = nn.functional.cross_entropy(net(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        right = 0
        with torch.no_grad():
            for xb, yb in zip(xv.split(512), yv.split(512)):
                right += (net(xb).argmax(1) == yb).sum().item()
        scores.append(right / 2048)
    return scores
# %% run
scores = main()
