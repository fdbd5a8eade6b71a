%time f()
x;
