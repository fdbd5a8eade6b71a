out = model(
    x,
    mask=m,
)
