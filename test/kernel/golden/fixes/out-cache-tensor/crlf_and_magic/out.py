%time f()
x;
