losses = compute(x)
losses["cls"].backward()
losses["box"].backward()
