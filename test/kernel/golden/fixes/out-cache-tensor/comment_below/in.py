x
# the end
