model = Net(); model.to(device)
