x = f()
x;