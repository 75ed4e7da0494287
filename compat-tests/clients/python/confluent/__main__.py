"""The program of confluent-kafka-python."""

import confluent_kafka

from confluent import administration, consuming, producing, transactions  # noqa: F401, they enter their scenarios
from contract import run

run("confluent-kafka-python", confluent_kafka.__version__)
