%%time
import torch
model = Net()
def fit():
    for x, y in loader:
        loss = criterion(model(x), y)
        loss.backward()
fit()
