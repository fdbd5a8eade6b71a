from torch.nn.functional import cross_entropy, softmax
loss = cross_entropy(softmax(out, dim=1), y)
