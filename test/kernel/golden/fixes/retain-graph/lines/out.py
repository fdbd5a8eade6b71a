loss.backward(
    gradient=g,
)
