loss.backward(
    gradient=g,
    retain_graph=True,
)
