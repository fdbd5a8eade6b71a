# volta
scaler = torch.amp.GradScaler("cuda")
for epoch in range(epochs):
    if epoch >= start:
        for x, y in loader:
            with torch.autocast("cuda", dtype=torch.float16):
                loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
