import torch as t
model = t.nn.Linear(8, 8)
