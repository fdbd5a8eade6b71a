%time f()
x
