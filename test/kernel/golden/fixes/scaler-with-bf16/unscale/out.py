with torch.autocast("cuda", dtype=torch.bfloat16):
    loss = F.mse_loss(model(x), y)
loss.backward()
clip(model.parameters())
optimizer.step()
