from torch.utils.data import DataLoader
def epoch(loader):
    opt.zero_grad()
    for batch_number, batch in enumerate(loader, 1):
        loss = model(batch["ids"], labels=batch["labels"])
        (loss / 4).backward()
        if batch_number % 4 == 0 or batch_number == len(loader):
            opt.step()
            opt.zero_grad()
loader = DataLoader(data, batch_size=BATCH // 4)
