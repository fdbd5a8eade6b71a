sizes = []
for out in map(model, loader):  # forward
    sizes.append(out.shape)

    # done with it
else:
    done = True
print(done)
