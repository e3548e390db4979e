"""What others would do: boto3, and one sleep or one clock between two calls.

    peers.py demo    PORT                 AWS's demo: put_metadata, then sleep(interval)
    peers.py careful PORT                 absolute deadlines, a thread for each channel, warm
    peers.py calls   PORT COUNT THREADS   as many calls a second as it can

demo and careful read lines "DUE_NS CHANNEL CUE" on standard input, careful after a line with all
channels; demo takes its interval from the first two. Each says "ready LEAD_NS" when it has warmed up.
"""

import ctypes
import os
import sys
import threading
import time

import boto3
import botocore.config

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/"


def client(port, connections=10):
    return boto3.client(
        "ivs", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-west-2",
        config=botocore.config.Config(max_pool_connections=connections))  # fmt: skip


def metadata(cue):
    return f'{{"cue":"{cue}","run":"x7k2","type":"banner","text":"Welcome to the show"}}'


def put(ivs, channel, cue):
    ivs.put_metadata(channelArn=CHANNEL + channel, metadata=metadata(cue))


def schedule():
    for line in sys.stdin:
        due, channel, cue = line.split()
        yield int(due), channel, cue


def demo(port):
    ivs = client(port)
    print("ready 0", flush=True)
    cues = list(schedule())
    interval = (cues[1][0] - cues[0][0]) / 1e9
    time.sleep(cues[0][0] / 1e9 - time.time())
    for _, channel, cue in cues:
        put(ivs, channel, cue)
        time.sleep(interval)


def ask_for_real_time():
    """Of this thread alone, as on Linux it is."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        return "SCHED_FIFO"
    except OSError:
        return "SCHED_OTHER"


def careful(port):
    """Everything that a good programmer thinks of: one thread and one warm client with its own
    connection for each channel, absolute deadlines on the monotonic clock, no timer slack, real-time
    priority where it may, half the shortest round trip ahead."""
    libc = ctypes.CDLL(None)
    PR_SET_TIMERSLACK = 29
    priority = ask_for_real_time()
    channels = sys.stdin.readline().split()
    clients = {channel: client(port, 1) for channel in channels}
    trips = []
    for ivs in clients.values():
        for _ in range(6):
            before = time.monotonic_ns()
            ivs.get_stream(channelArn=CHANNEL + channels[0])
            trips.append(time.monotonic_ns() - before)
    # Of a busy machine the usual one says more about itself than about the way.
    lead = min(trips) // 2
    print("ready", lead, priority, flush=True)
    by_channel = {channel: [] for channel in channels}
    for due, channel, cue in schedule():
        by_channel[channel].append((due, cue))

    def play(channel):
        libc.prctl(PR_SET_TIMERSLACK, 1)
        ask_for_real_time()
        ivs = clients[channel]
        offset = time.time_ns() - time.monotonic_ns()
        for due, cue in by_channel[channel]:
            deadline = due - lead - offset
            while (rest := deadline - time.monotonic_ns()) > 0:
                time.sleep(rest / 1e9)  # clock_nanosleep(2) since Python 3.11
            put(ivs, channel, cue)

    threads = [threading.Thread(target=play, args=(channel,)) for channel in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def calls(port, count, threads):
    ivs = client(port, threads)
    for _ in range(100):
        put(ivs, "c0", "warm")
    print("ready", flush=True)
    sys.stdin.readline()
    begin, cpu = time.monotonic(), time.process_time()

    def play(share):
        for number in range(share):
            put(ivs, "c0", f"n{number}")

    if threads == 1:
        play(count)
    else:
        players = [threading.Thread(target=play, args=(count // threads,)) for _ in range(threads)]
        for player in players:
            player.start()
        for player in players:
            player.join()
    print(time.monotonic() - begin, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    what, port, *rest = sys.argv[1:]
    {"demo": demo, "careful": careful, "calls": calls}[what](port, *map(int, rest))
