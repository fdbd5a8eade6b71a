out = model(x); text = f"""
  {out.shape}  # forward
	keep
"""
