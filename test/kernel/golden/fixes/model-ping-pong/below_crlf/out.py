model.cuda()
for x in batches:
    out = model(x)
model.cpu()  # make room
print(out)
