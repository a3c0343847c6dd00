/ server: --callback-timeout 2
/ Callback modules: functions of this session are called in the middle of a module's calculation.
\l torch.q
address:(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch
.torch.open address

-1"functions by name and as text";
f:{[m;x]relu x}
show evaluate(module enlist(`callback;`cb;`f);-2 -1 0 1 2e)
show evaluate(module enlist(`callback;`cb;"{[m;x;y]cat(x;y)}";`tensor`tensor);1 2 3;4 5)

-1"its modules, in the mode of the whole";
m:module seq((`callback;`cb;`g);(`linear;`a;5;2);(`sigmoid;`b);(`drop;`c;.5))
q:module seq(`sequential`q;(`linear;`a;5;2);(`sigmoid;`b);(`drop;`c))
{t:parm(m;x);parm(q;x;t);free t}each parmnames m;
g:{[m;x]y:kforward(m;`a;x);use[y]kforward(m;`b;y);use[y]kforward(m;`c;y);y}
x:tensor(`randn;3 5)
seed 123
y:tensor forward(m;x)
seed 123
show y~tensor forward(q;x)
show evaluate[(m;x)]~evaluate(q;x)

-1"training";
n:0
p:module enlist(`callback;`cb;`h;(`parms;(`x;.5 2.5 3)))
h:{[m;x]n::n+1;parm(m;`x)}
p:model(p;loss`mse;opt(`lbfgs;p))
show 1e-6>abs backstep[(p;0;1 2 3.)]-.5%3
show 1e-6>max abs 1 2 3-tensor parm(p;`x)
show n>1

-1"errors; a function in the course of another; the session goes on";
wrong:{module enlist(`callback;`cb;x)}
show @[evaluate;(wrong"{[m;x]'`oops}";1e);{x}]
show @[evaluate;(wrong"{[m;x]1 2 3}";1e);{x}]
show @[evaluate;(wrong"{[m;x]@[tensor;x,x;{}];x}";1e);{x}]
show @[evaluate;(wrong"{[m;x]forward(m;x)}";1e);{x}]
inner:wrong"{[m;x]mul(x;2)}"
show evaluate(wrong"{[m;x]add(forward(inner;x);1)}";1 2e)
show tensor tensor 1 2 3

-1"closed, and open again";
.torch.close[]
.torch.open address
show evaluate(wrong"{[m;x]mul(x;2)}";1 2e)
\\
