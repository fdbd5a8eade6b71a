try:
    return model(x)
finally:
    done()
