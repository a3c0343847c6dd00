/ Fits a line: a linear layer of one input and one output, trained by gradient descent. From the folder q:
/   q examples/start.q -torch host:port
/ or in torchq's own console, with the path from where it was started: \l q/examples/start.q
if[()~@[get;`module;()]; system"l torch.q"; .torch.open(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch]
seed 123

/ y is 1+2x at 21 points, sent once and kept in the server; a module takes one row for each point
a:(til 21)%10
x:tensor flip enlist"e"$a
y:tensor flip enlist"e"$1+2*a

m:module enlist(`linear;1;1)
o:opt(`sgd; m; .1)
p:parms m

/ weight and bias, as two numbers
line:{[]raze over value dict p}

-1"before training";
show line[]

/ one step of training; the loss comes back as a number, what was made on the way is freed
train1:{[m;o;x;y]
  zerograd o;
  yhat:forward(m;x);
  z:mse(yhat;y);
  backward z;
  step o;
  free yhat;
  return z}

losses:{[i]train1[m;o;x;y]}each til 300

-1"\nafter 1, 10, 100 and 300 steps the loss is";
show losses 0 9 99 299
show losses[299]<1e-5

-1"\nweight and bias, which should be 2 and 1";
show line[]
show all .01>abs 2 1-line[]

-1"\nthe line at 3 and 4";
show raze evaluate(m;(1#3e;1#4e))

free(x;y;m;o;p)
