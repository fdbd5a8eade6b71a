face = '😀😀'; model(x)  # forward 😀
