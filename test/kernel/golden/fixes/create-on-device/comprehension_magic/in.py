%%time
import torch
states = [torch.zeros(1, n).to(device) for n in sizes]; done = True
