%time loss.backward(retain_graph=True)
