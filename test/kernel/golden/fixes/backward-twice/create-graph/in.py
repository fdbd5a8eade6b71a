a.backward(create_graph=True)
b.backward()
