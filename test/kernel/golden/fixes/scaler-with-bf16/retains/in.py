with torch.autocast("cuda", dtype=torch.bfloat16):
    loss = F.mse_loss(model(x), y)
scaler.scale(loss).backward(retain_graph=True)
scaler.step(optimizer)
scaler.update()
