for epoch in range(5):
	for x in loader:
		f(x).backward()
		optimizer.step()
	scheduler.step()
