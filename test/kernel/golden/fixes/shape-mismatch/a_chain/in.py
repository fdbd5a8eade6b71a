def flat(x):
    return x.transpose(1, 2).view(
        len(x), -1)  # joined
