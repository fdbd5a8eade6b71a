model(x);
