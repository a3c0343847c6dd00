/ Freezing parameters: all of a network, some of them, and with new values. From the folder q:
/   q examples/freeze.q -torch host:port
/ or in torchq's own console, with the path from where it was started: \l q/examples/freeze.q
if[()~@[get;`module;()]; system"l torch.q"; .torch.open(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch]

-1"one parameter, by its gradient flag";
q:module(`sequential; enlist(`linear;`a;64;10); `relu`b)
show parmtypes q
p:parm(q;`a.weight)
show gradient p
to(p;`nograd)
show gradient p
gradflag(p;1b)
show gradflag p
gradflag(p;0b)
show gradflag p
free(p;q)

-1"\nall parameters";
q:module(`sequential; enlist(`linear;`a;64;10); `relu`b)
p:parms q
show gradient p
freeze q
show gradient p
unfreeze q
show gradient p
free(p;q)

-1"\nsome of them, by name";
q:module seq(`sequential; (`conv2d;`a;3;64;3); (`batchnorm2d;`b;64); `relu)
show gradflag q
freeze(q;`b.weight`b.bias)
show gradflag q
unfreeze(q;`b.bias)
show gradflag q
free q

-1"\nwith values: a tensor for the weight, a number for every bias";
q:module seq(`sequential; (`linear;`a;4;4); `relu)
p:parms q
show first dict p
i:tensor(`eye;4)
freeze(q;`a.weight`a.bias;(i;0.0))
show dict(p;`a.weight)
show gradflag p
free(i;p;q)

-1"\nwith a dictionary of tensors";
q:module seq(`sequential; (`linear;`a;4;4); `relu)
d:dict(`a.weight`a.bias; (tensor(`eye;4); 0))
freeze(q;d)
show gradflag q
w:parm(q;`a.weight)
show tensor w
free(d;w;q)

-1"\nwith a dictionary of q's";
q:module seq(`sequential; (`linear;`a;2;2); `relu)
freeze(q;`a.weight`a.bias!(2 2#1 2 3 4e;0 0e))
p:parms q
show dict(p;`a.weight)
show dict(p;`a.bias)
show gradflag q

-1"\na name that is not there changes nothing";
unfreeze q
show @[freeze;(q;`a.weight`a.nosuch);{x}]
show gradflag q
free(p;q)
