%%time
model.eval()
with torch.no_grad():
    out = model(x)
