# forward
out = 1
