%%bash
DataLoader(data)
