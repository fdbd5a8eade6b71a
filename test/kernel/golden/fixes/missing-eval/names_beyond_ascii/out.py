modèle.eval()
größe = modèle(x)  # 😀
