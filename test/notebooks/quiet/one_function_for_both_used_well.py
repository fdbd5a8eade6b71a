# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
def make():
    return nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)).to(DEVICE)
def batches(count):
    return [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(count)]
train_data, valid_data = batches(6), batches(3)
# %% functions
def run_epoch(model, data, optimizer=None):
    model.train(optimizer is not None)
    total = 0.0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in data:
            loss = nn.functional.cross_entropy(model(x), y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item()
    return total / len(data)

def embed(model, parts):
    found = []
    for part in parts:
        found.append(model(part))
    return torch.cat(found)

def consistency(student, teacher, parts):
    theirs = embed(student, parts)
    with torch.no_grad():
        target = embed(teacher, parts).softmax(1)
    return nn.functional.cross_entropy(theirs, target)
# %% train
net = make()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    trained = run_epoch(net, train_data, optimizer)
    validated = run_epoch(net, valid_data)
# %% teach
student, teacher = make(), make()
student_optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
for x, _ in train_data:
    loss = consistency(student, teacher, x.split(8))
    student_optimizer.zero_grad()
    loss.backward()
    student_optimizer.step()
# %% samples_of_dropout
def spread(model, parts, train=False):
    outputs = [embed(model, parts) for _ in range(4)]
    return torch.stack(outputs).std(0).mean()
mc_dropout = spread(student, x.split(8)).item()
