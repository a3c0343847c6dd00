/ server: -u test/q/users
\l torch.q
host:string(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch

show @[.torch.open;host,":quant:wrong";{"refused"}]
show @[.torch.call[`tensor];1;{x}]
.torch.open host,":quant:secret"
show tensor tensor 1 2 3
