%%time
!ls
for x in batches:
    model.to(device)
    model(x)
