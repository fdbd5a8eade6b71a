for epoch in range(5):
	scheduler.step()
	for x in loader:
		f(x).backward()
		optimizer.step()
