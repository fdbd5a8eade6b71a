%matplotlib inline
scaler = torch.amp.GradScaler("cuda")
