"""What a start costs: `docker run` to the first acknowledged record, beside `docker run` of the same image's `true`.

Requests are raw frames over a socket, so that no client's own start is measured. Prints medians; judges nothing.
"""

import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

ROUNDS = 9


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def batch():
    # One record "v" without key: length, attributes, two deltas, null key, one byte, no headers.
    record = bytes([14, 0, 0, 0, 1, 2, ord("v"), 0])
    body = struct.pack(">hiqqqhii", 0, 0, 0, 0, -1, -1, -1, 1) + record
    return struct.pack(">qiibI", 0, 9 + len(body), -1, 2, crc32c(body)) + body


def text(value):
    return struct.pack(">h", len(value)) + value


def call(stream, key, version, body):
    frame = struct.pack(">hhi", key, version, 7) + text(b"figures") + body
    stream.sendall(struct.pack(">i", len(frame)) + frame)
    size = struct.unpack(">i", exactly(stream, 4))[0]
    return exactly(stream, size)


def exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


RECORDS = batch()
# acks=-1, 10 seconds, one topic, one partition.
PRODUCE = struct.pack(">hhii", -1, -1, 10000, 1) + text(b"t") + struct.pack(">iii", 1, 0, len(RECORDS)) + RECORDS
METADATA = struct.pack(">i", 1) + text(b"t") + b"\x01"


def acknowledged(port):
    with socket.create_connection(("127.0.0.1", port), 1) as stream:
        stream.settimeout(2)
        while True:
            call(stream, 3, 4, METADATA)
            answer = call(stream, 0, 3, PRODUCE)
            code = struct.unpack(">h", answer[4 + 4 + 3 + 4 + 4 : 21])[0]
            if code == 0:
                return
            time.sleep(0.001)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def first_record(image, name):
    """The line on its output tells when to ask: asking earlier leaves the bridge without an answer for a second."""
    port = free_port()
    publish = f"127.0.0.1:{port}:9092"
    begun = time.monotonic()
    command = ["docker", "run", "--rm", "--name", name, "--publish", publish, image]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        try:
            if not any("Kafka Server started" in line for line in run.stdout):
                raise RuntimeError("it ends without having started")
            acknowledged(port)
            return time.monotonic() - begun
        finally:
            subprocess.run(["docker", "rm", "--force", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def true(image):
    publish = f"127.0.0.1:{free_port()}:9092"
    begun = time.monotonic()
    subprocess.run(["docker", "run", "--rm", "--publish", publish, image, "true"], check=True)
    return time.monotonic() - begun


def stopped(image, name):
    """From SIGTERM to the end of the process, sent and watched from outside of the container."""
    subprocess.run(["docker", "run", "--detach", "--name", name, image], check=True, stdout=subprocess.DEVNULL)
    try:
        asked = ["docker", "inspect", "--format", "{{.State.Pid}}", name]
        pid = int(subprocess.run(asked, check=True, capture_output=True).stdout)
        time.sleep(0.5)
        begun = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        while alive(pid):
            time.sleep(0.0005)
        return time.monotonic() - begun
    finally:
        subprocess.run(["docker", "rm", "--force", name], stdout=subprocess.DEVNULL)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


image = sys.argv[1]
name = "ottla-figures"
rows = {
    "docker run true": [true(image) for _ in range(ROUNDS)],
    "docker run to the first acknowledged record": [first_record(image, name) for _ in range(ROUNDS)],
    "SIGTERM to the end of the process": [stopped(image, name) for _ in range(3)],
}
for what, seconds in rows.items():
    ms = sorted(one * 1000 for one in seconds)
    print(f"figures: {what}: median {statistics.median(ms):.0f} ms, {ms[0]:.0f} to {ms[-1]:.0f} ms, {len(ms)} rounds")
