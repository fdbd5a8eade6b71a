%matplotlib inline
scaler = torch.cuda.amp.GradScaler()
