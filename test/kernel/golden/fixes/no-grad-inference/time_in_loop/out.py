for batch in loader[:1]:
    with torch.no_grad():
        %time out = model(batch)  # forward
