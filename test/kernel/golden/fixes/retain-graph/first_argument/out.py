loss.backward(inputs=params)
