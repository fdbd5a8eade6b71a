import torch
loader = torch.utils.data.DataLoader(data, batch_size=32,
                                     shuffle=True,
                                     num_workers=4)
