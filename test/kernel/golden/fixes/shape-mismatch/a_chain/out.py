def flat(x):
    return x.transpose(1, 2).reshape(
        len(x), -1)  # joined
