"""Names that the count and its check share."""

from contract import PREFIX

WORDS = f"{PREFIX}-words"
COUNTS = f"{PREFIX}-counts"
GROUP = f"{PREFIX}-count"
CHANGELOG = f"changelog__{GROUP}--{WORDS}--default"  # as Quix Streams calls it
PARTITIONS = 2
