'😀'; '🎉'; model(x)  # forward
