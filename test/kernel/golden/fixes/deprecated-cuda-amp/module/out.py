from torch import amp
scaler = amp.GradScaler("cuda")
