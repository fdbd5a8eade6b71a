import torch
dev = torch.device("cuda")
model = Net()
for epoch in range(3):
    for i, (x, y) in enumerate(tqdm(train_loader)):
        out = model(x)
