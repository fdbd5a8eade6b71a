%matplotlib inline
a.backward(); b.backward()