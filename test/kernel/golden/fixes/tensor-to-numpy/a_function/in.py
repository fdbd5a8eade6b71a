a = numpy(x)
