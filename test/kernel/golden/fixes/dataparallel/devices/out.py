import torch
model = net