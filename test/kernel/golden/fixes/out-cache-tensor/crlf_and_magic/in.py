%time f()
x
