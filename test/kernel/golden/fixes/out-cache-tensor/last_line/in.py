x = f()
x