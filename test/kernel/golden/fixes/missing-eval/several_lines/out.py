model.eval()
out = model(
    x,
    mask=m,
)
