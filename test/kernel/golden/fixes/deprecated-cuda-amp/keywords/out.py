scaler = torch.amp.GradScaler("cuda", init_scale=2.0**10, enabled=use_amp)
