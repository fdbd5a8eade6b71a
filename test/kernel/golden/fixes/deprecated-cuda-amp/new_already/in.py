scaler = torch.amp.GradScaler('cuda')
