größe = modèle(x)  # 😀
