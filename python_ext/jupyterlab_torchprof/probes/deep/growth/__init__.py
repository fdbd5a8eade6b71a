"""What of a step's memory grows with its batch, and with the length of its sequences.

PyTorch tells when memory was taken and given back, and what sizes the tensors had that operators
got. Together they say of each block which of its sizes is the batch's. What they do not say stays
unknown: it has a least and a most.
"""
