from torch.cuda import amp, is_available
scaler = amp.GradScaler()
