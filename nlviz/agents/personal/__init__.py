"""Agents that know a user: preferences as fast writes, a memory per user, and "forget this" with proof.

user       a simulated user whose tastes drift, change on a day, and change back
arms       six ways to know them, each at its best constants
course     how wrong each is, evening by evening
profile    one user's memory: tell, ask, whence an answer, forget
files      one file per user
deleting   ways to delete, and what they leave behind
inspecting one user and one arm, interaction by interaction
poison     a lie planted among what was said, and whether its surprise tells
"""

from nlviz.agents.personal.arms import ARMS, KNOBS, LEVELS, TUNED, answers, evenings, level_shares, shares
from nlviz.agents.personal.course import Known, course, known
from nlviz.agents.personal.deleting import WAYS, Remains, remains, ways
from nlviz.agents.personal.files import digest, file_of, load, save
from nlviz.agents.personal.inspecting import INTERACTIONS, LIES, TASTES, inspected
from nlviz.agents.personal.poison import POISONS, planted, poisoned, surprises
from nlviz.agents.personal.profile import RULES, Profile, Proof, profile
from nlviz.agents.personal.user import Life, life

__all__ = [
    "ARMS",
    "INTERACTIONS",
    "KNOBS",
    "LEVELS",
    "LIES",
    "POISONS",
    "RULES",
    "TASTES",
    "TUNED",
    "WAYS",
    "Known",
    "Life",
    "Profile",
    "Proof",
    "Remains",
    "answers",
    "course",
    "digest",
    "evenings",
    "file_of",
    "inspected",
    "known",
    "level_shares",
    "life",
    "load",
    "planted",
    "poisoned",
    "profile",
    "remains",
    "save",
    "shares",
    "surprises",
    "ways",
]
