"""The inner loop: a memory reads a stream and writes as it goes, and every signal we draw is measured from outside."""

from nlviz.inner import probes
from nlviz.inner.blocks.unroll_blocks import unroll_blocks
from nlviz.inner.dual import unroll_dual
from nlviz.inner.fastest import fastest
from nlviz.inner.influence import Influence, influence, strike
from nlviz.inner.micro_steps import unroll_micro_steps
from nlviz.inner.probes import Probe
from nlviz.inner.recorder import to_numpy
from nlviz.inner.seen import Seen
from nlviz.inner.segments import Segments, read_segments, unroll_segments
from nlviz.inner.step import Step
from nlviz.inner.unroll import Pending, Unrolled, unroll

__all__ = [
    "Influence",
    "Pending",
    "Probe",
    "Seen",
    "Segments",
    "Step",
    "Unrolled",
    "fastest",
    "influence",
    "probes",
    "read_segments",
    "strike",
    "to_numpy",
    "unroll",
    "unroll_blocks",
    "unroll_dual",
    "unroll_micro_steps",
    "unroll_segments",
]
