step = 0
net.to("cuda")
while step < 10:
    step += 1
    net(x)
