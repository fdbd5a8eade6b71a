from torch.utils.data import DataLoader
def epoch(loader):
    for batch in loader:
        opt.zero_grad()
        loss = model(batch["ids"], labels=batch["labels"])
        loss.backward()
        opt.step()
loader = DataLoader(data, batch_size=BATCH)
