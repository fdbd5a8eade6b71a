%matplotlib inline
(a + b).backward()