for batch in loader:
    with torch.no_grad():
        if (out := model(batch)).sum() > 1e9:  # forward
            continue
        else:
            break
