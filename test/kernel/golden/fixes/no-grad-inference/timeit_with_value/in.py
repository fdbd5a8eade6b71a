%timeit -o model(x)
