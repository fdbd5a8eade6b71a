for x in loader:
    %time outs.append(model(x))
