with torch.no_grad():
    out = model(x); text = f"""
  {out.shape}  # forward
	keep
"""
