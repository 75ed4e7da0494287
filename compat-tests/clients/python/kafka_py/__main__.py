"""The program of kafka-python. Its second and third generation have different admin clients, and only the third one transactions."""

import kafka

from contract import run
from kafka_py import consuming, producing  # noqa: F401, they enter their scenarios

if kafka.__version__.startswith("2.0."):
    from kafka_py import administration_2  # noqa: F401
else:
    from kafka_py import administration_3, transactions  # noqa: F401

run("kafka-python", kafka.__version__)
