%%time
while True:
	loss = step()
	scaler.scale(loss).backward()
	losses.append(loss.detach())
