for x in batches:
    model.cuda()
    out = model(x)
    model.cpu()  # make room
print(out)
