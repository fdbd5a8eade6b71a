for x in data: model(x).backward(); model.eval()
