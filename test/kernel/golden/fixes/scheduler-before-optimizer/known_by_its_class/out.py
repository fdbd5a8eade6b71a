from torch.optim.lr_scheduler import StepLR
decay = StepLR(optimizer, 10)
for x in loader:
    f(x).backward()
    optimizer.step()
    decay.step()
