import torch
x = (await fetch()).cuda()
