"""Many tokens at once: the block form of rules that are linear in their memory, and its exact telemetry.

unroll_blocks  the loop over blocks: states at their ends, what is recorded of every token inside
shares         what each token's write still is at each later one, through gates and momentum
channels       the same where every key channel forgets by itself, by halves of halves of a block
recurrence     what the blocks of a stretch know before any state is known
marching       the triangular solves, the carry from one block to the next, and the way back
telemetry      what probes are told of every token, from the solved block
signals        probes asked of solved blocks
norms          ‖M_t‖, ‖S_t‖ and ‖ΔM_t‖ of every token, without one memory a token
"""
