x;
# the end
