"""Nothing here needs a network: the labs run where every connection and every look-up of a name is refused."""

from __future__ import annotations

import subprocess
import sys

OFFLINE = """
import socket

def refuse(*arguments, **named):
    raise AssertionError(f"asked the network: {arguments}")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = socket.create_connection = refuse

from nlviz import labs, setup

setup(seed=0)
for lab in (labs.surprise(), labs.write_head()):
    if lab.problem:
        raise lab.problem
    lab._repr_mimebundle_()
    print(lab.summary)
"""


def test_labs_run_without_a_network():
    ran = subprocess.run([sys.executable, "-c", OFFLINE], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "bytes written" in ran.stdout
    assert "pairs written" in ran.stdout
