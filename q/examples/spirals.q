/ Three spirals, told apart by a small network. From the folder q:
/   q examples/spirals.q -torch host:port
/ or in torchq's own console, with the path from where it was started: \l q/examples/spirals.q
if[()~@[get;`module;()]; system"l torch.q"; .torch.open(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch]
seed 42

/ k arms of n points: outwards from the centre the angle grows to 4, with some noise
n:200
k:3
z:tensor(`randn; k,n; `double)
noise:tensor z
free z
arm:{[n;i;e]r:til[n]%n-1; t:e+(4*r)+i*2*acos[-1]%k; flip r*/:(sin t;cos t)}
points:raze arm[n]'[til k;.1*noise]
x:tensor"e"$points
y:tensor label:raze n#'til k

/ two linear layers, cross-entropy, gradient descent with momentum, put together as a model
q:module seq(`sequential; (`linear;2;50); `relu; (`linear;50;k))
m:model(q; loss`ce; opt(`sgd; q; .2; .9))

/ one step over all points, answering the loss
step1:{[m;x;y]nograd m; r:backward(m;x;y); step m; r}

/ the largest of a point's k outputs is its class
accuracy:{[m;x;y]100*avg y={x?max x}each evaluate(m;x)}

-1"points told right, in percent, before training";
show accuracy[m;x;label]

losses:{[i]step1[m;x;y]}each til 300

-1"\nloss after 1, 100, 200 and 300 steps";
show losses 0 99 199 299

-1"\npoints told right, in percent, after training";
show accuracy[m;x;label]
show 95<accuracy[m;x;label]

free(x;y;m)
