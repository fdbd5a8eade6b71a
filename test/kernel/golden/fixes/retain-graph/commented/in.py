loss.backward(
    gradient=g,  # weights
    retain_graph=True,
)
