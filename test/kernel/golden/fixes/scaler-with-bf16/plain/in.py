with torch.autocast("cuda", dtype=torch.bfloat16):
    loss = F.mse_loss(model(x), y)
scaler.scale(loss).backward()
scaler.step(optimizer)
scaler.update()
