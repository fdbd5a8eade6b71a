out.backward(torch.ones_like(out), retain_graph=True)
