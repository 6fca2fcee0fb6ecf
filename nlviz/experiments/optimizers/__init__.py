"""Optimizers side by side: the same small tasks, the same batches, and what each of them makes of them.

contenders   by name: plain and with momentum, torch's AdamW and Muon, and those of `nlviz.optim`
tasks        a curved valley, handwritten digits, and a byte model over source code
race         one of them on one task, step by step, with the seconds it takes
interrupted  one of them on one task, watched, its state thrown away on the way
rolling      one ball down the valley, and what its momentum is made of
"""

from nlviz.experiments.optimizers.contenders import CONTENDERS, contender
from nlviz.experiments.optimizers.interrupted import interrupted
from nlviz.experiments.optimizers.race import Moment, race
from nlviz.experiments.optimizers.rolling import ROLLERS, roll
from nlviz.experiments.optimizers.tasks import TASKS, Bytes, Digits, Task, Valley, valley

__all__ = [
    "CONTENDERS",
    "ROLLERS",
    "TASKS",
    "Bytes",
    "Digits",
    "Moment",
    "Task",
    "Valley",
    "contender",
    "interrupted",
    "race",
    "roll",
    "valley",
]
