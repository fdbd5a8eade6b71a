scaler = torch.cuda.amp.GradScaler(2.0**10)
