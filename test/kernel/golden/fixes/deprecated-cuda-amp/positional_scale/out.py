scaler = torch.amp.GradScaler("cuda", 2.0**10)
