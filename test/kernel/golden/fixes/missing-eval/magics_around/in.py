%matplotlib inline
!ls data
out = model(x)
%time other()
