step = 0
while step < 10:
    net.to("cuda"); step += 1
    net(x)
