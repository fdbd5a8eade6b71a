def train(loader, accumulate):
    for i, batch in enumerate(loader):
        out = model(**batch)
        out_loss = out.loss
        out_loss.backward()  # add
        if i % accumulate == 0 or last(i):
            opt.step(); opt.zero_grad()
