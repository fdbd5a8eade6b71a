y = out.to("cpu").numpy()
