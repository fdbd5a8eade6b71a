scores = f()
%time g(scores)
