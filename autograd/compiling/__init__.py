"""Compiling: what `jit` does with a function. It is called once with symbols, and what they record becomes a program.

`function` is `jit` itself; it chooses between two pipelines, each with a room of its own and the same stations:

- `scalar`, for functions of Values: `trace` (the symbols) → `program` (instructions, each computed once) → `bytecode`
  (tables of numbers) → `running` (the virtual machine in `autograd.kernels.machine`, over samples) → `function` (what
  is called). What cannot be traced goes `sample_by_sample`.
- `arrays`, for functions of Tensors: `trace` → `fusion` (what one pass over memory can do) → `plan` (memory, calls, and
  `kernels`, which computes what) → `function` (recorded for arguments of certain shapes, replayed).

What takes its vectors apart, as in ``x[0] * x[1]``, is a function of Tensors that the first pipeline is better for.
`entries` runs it so: the numbers in `vectors`, all `directions` of a Jacobian at once, the samples of `vmap` as
`lanes`; `choosing` says which it is. `traced` and `call` make one operation of a program, through which gradients flow.

`guards` and `surroundings` notice what a program depends on besides its arguments, `effects` are checks and random
draws, `arguments` and `results` tuples and dictionaries, `pool` is the threads, `errors` say in which line what cannot
be compiled.
"""
