!echo 'it''s
files = !echo one
out = model(x)  # forward
out.shape?
?flag
%pwd
