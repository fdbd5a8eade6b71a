scaler = torch.cuda.amp.GradScaler(init_scale=2.0**10, enabled=use_amp)
