"""What others would do: boto3, and one sleep or one clock between two calls.

    peers.py demo    PORT                 AWS's demo: put_metadata, then sleep(interval)
    peers.py careful PORT                 absolute deadlines, a thread for each channel, warm
    peers.py apscheduler PORT             APScheduler, a job at the date of each cue, a warm client
    peers.py cli     PORT                 the AWS CLI, started by a timer at the moment of each cue
    peers.py wait    PORT                 Step Functions: Wait until a timestamp, then the call
    peers.py calls   PORT COUNT THREADS   as many calls a second as it can
    peers.py sign    PORT COUNT           signatures alone, without a call

All but the last two read lines "DUE_NS CHANNEL CUE" on standard input, careful after a line with all
channels; demo takes its interval from the first two. Each says "ready LEAD_NS" when it has warmed up.
"""

import ctypes
import datetime
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials

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


def apscheduler(port):
    """As its guide has it: a background scheduler with a pool of threads, each cue a job at a date;
    a job that is late runs all the same."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    ivs = client(port)
    for _ in range(6):
        ivs.get_stream(channelArn=CHANNEL + "c0")
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(10)}, timezone=datetime.timezone.utc,
        job_defaults={"misfire_grace_time": None})  # fmt: skip
    scheduler.start()
    print("ready 0", flush=True)
    cues = list(schedule())
    for due, channel, cue in cues:
        date = datetime.datetime.fromtimestamp(due / 1e9, datetime.timezone.utc)
        scheduler.add_job(put, "date", run_date=date, args=(ivs, channel, cue))
    time.sleep(max(0, cues[-1][0] / 1e9 - time.time()))
    while scheduler.get_jobs():
        time.sleep(0.05)
    scheduler.shutdown(wait=True)


def aws(port):
    """The command line of the AWS CLI for a call, without its channel and metadata."""
    return [
        os.path.join(sys.prefix, "bin", "aws"), "ivs", "put-metadata",
        "--endpoint-url", f"http://127.0.0.1:{port}",
    ]  # fmt: skip


def cli(port):
    """As cron or a systemd timer would, but to the moment: a process for each cue."""
    print("ready 0", flush=True)
    processes = []
    for due, channel, cue in schedule():
        time.sleep(max(0, due / 1e9 - time.time()))
        processes.append(subprocess.Popen(
            [*aws(port), "--channel-arn", CHANNEL + channel, "--metadata", metadata(cue)]))  # fmt: skip
    sys.exit(any(process.wait() for process in processes))


def wait(port):
    """A state machine on moto_server, which takes its Wait and its call to IVS for real: Wait until
    the timestamp of a cue, then aws-sdk:ivs:putMetadata, and so on.

    moto sends what a task calls to MOTO_PORT: here that is the server that stamps, and moto itself
    listens elsewhere."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        own = probe.getsockname()[1]
    moto = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(own)],
        env=os.environ | {"MOTO_PORT": str(port), "TZ": "UTC"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        url = f"http://127.0.0.1:{own}"
        while True:
            try:
                socket.create_connection(("127.0.0.1", own)).close()
                break
            except OSError:
                if moto.poll() is not None:
                    raise SystemExit("moto_server did not start") from None
                time.sleep(0.05)
        urllib.request.urlopen(urllib.request.Request(
            url + "/moto-api/config", method="POST",
            headers={"Content-Type": "application/json"},
            data=json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()))  # fmt: skip
        states = boto3.client("stepfunctions", endpoint_url=url, region_name="us-west-2")
        states.list_state_machines()
        print("ready 0", flush=True)
        steps, cues = {}, list(schedule())
        for index, (due, channel, cue) in enumerate(cues):
            date = datetime.datetime.fromtimestamp(due // 10**9, datetime.timezone.utc)
            steps[f"wait {index}"] = {
                "Type": "Wait", "Timestamp": date.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Next": f"put {index}",
            }  # fmt: skip
            steps[f"put {index}"] = {
                "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ivs:putMetadata",
                "Parameters": {"channelArn": CHANNEL + channel, "metadata": metadata(cue)},
            } | ({"Next": f"wait {index + 1}"} if index + 1 < len(cues) else {"End": True})  # fmt: skip
        show = states.create_state_machine(
            name="show", roleArn="arn:aws:iam::123456789012:role/show",
            definition=json.dumps({"StartAt": "wait 0", "States": steps}))  # fmt: skip
        run = states.start_execution(stateMachineArn=show["stateMachineArn"])
        while True:
            found = states.describe_execution(executionArn=run["executionArn"])
            if found["status"] != "RUNNING":
                break
            time.sleep(0.2)
        if found["status"] != "SUCCEEDED":
            raise SystemExit(f"the state machine ended as {found['status']}: {found.get('cause')}")
    finally:
        moto.kill()
        moto.wait()


def sign(port, count):
    """What botocore does to sign a PutMetadata that is ready to go; prints seconds and CPU seconds."""
    credentials = botocore.credentials.Credentials(
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])  # fmt: skip
    signer = botocore.auth.SigV4Auth(credentials, "ivs", "us-west-2")
    body = json.dumps({"channelArn": CHANNEL + "c0", "metadata": metadata("n0")}).encode()
    request = botocore.awsrequest.AWSRequest(
        "POST", f"http://127.0.0.1:{port}/PutMetadata", data=body,
        headers={"Content-Type": "application/json"})  # fmt: skip

    def loop(count):
        for _ in range(count):
            signer.add_auth(request)

    loop(count // 10)
    begin, cpu = time.monotonic(), time.process_time()
    loop(count)
    print(time.monotonic() - begin, time.process_time() - cpu, flush=True)


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
    {
        "demo": demo, "careful": careful, "apscheduler": apscheduler, "cli": cli, "wait": wait,
        "calls": calls, "sign": sign,
    }[what](port, *map(int, rest))  # fmt: skip
