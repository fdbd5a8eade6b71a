x = f()
model(
    x,
    y,
)  # look
