with torch.autocast("cuda", dtype=torch.bfloat16):
    loss = F.mse_loss(model(x), y)
scaler.scale(loss).backward()
scaler.unscale_(optimizer)
clip(model.parameters())
scaler.step(optimizer)
scaler.update()
