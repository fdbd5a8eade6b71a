model = Net()
model = model.to(memory_format=torch.channels_last)
x = 1
