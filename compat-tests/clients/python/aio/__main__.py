"""The program of aiokafka."""

import asyncio

import aiokafka

from aio import administration, consuming, producing, transactions  # noqa: F401, they enter their scenarios
from contract import run

with asyncio.Runner() as loop:
    run("aiokafka", aiokafka.__version__, call=lambda function, topic: loop.run(function(topic)))
