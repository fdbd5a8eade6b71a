for x in loader:
    step(x)
print('done')
