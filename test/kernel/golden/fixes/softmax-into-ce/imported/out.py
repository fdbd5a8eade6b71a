from torch.nn.functional import cross_entropy, softmax
loss = cross_entropy(out, y)
