/ server: --idle-timeout 2
/ The server drops the connection: the call that finds it out raises, the next one connects anew and finds its objects.
\l torch.q
.torch.open(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch

t:tensor 1 2 3f
system"sleep 4"
show @[tensor;t;{"raised"}]
show tensor t
show tensor t

-1"a call without a reply is lost, not repeated";
system"sleep 4"
@[.torch.async[`gradflag];(t;1b);{}];
@[gradflag;t;{}];
show gradflag t
