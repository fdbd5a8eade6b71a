for batch in loader[:1]:
    %time out = model(batch)  # forward
