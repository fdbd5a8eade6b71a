x = f(); x
