loss.backward(retain_graph=True, inputs=params)
