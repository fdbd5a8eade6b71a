import torch
dev = torch.device("cuda")
model = Net()
model = model.to(dev)
for epoch in range(3):
    for i, (x, y) in enumerate(tqdm(train_loader)):
        x, y = x.to(dev), y.to(dev)
        out = model(x)
