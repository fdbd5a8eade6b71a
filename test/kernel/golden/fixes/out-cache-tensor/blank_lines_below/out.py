x;


