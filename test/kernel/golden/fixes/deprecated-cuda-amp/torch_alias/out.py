import torch as t
scaler = t.amp.GradScaler("cuda")
