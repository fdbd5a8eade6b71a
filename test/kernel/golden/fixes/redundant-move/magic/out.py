%%time
!ls
model.to(device)
for x in batches:
    model(x)
