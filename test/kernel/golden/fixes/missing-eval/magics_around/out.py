%matplotlib inline
!ls data
model.eval()
out = model(x)
%time other()
