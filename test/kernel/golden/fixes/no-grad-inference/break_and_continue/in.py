for batch in loader:
    if (out := model(batch)).sum() > 1e9:  # forward
        continue
    else:
        break
