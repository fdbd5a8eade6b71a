with torch.autocast("cuda", dtype=torch.bfloat16):
    loss = F.mse_loss(model(x), y)
scaled = scaler.scale(loss)
scaled.backward()
scaler.step(optimizer)
scaler.update()
