import torch
optimizer = torch.optim.AdamW
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
