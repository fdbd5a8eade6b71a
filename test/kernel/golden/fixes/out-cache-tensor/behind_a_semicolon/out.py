x = f(); x;
