import torch as t
scaler = t.cuda.amp.GradScaler()
