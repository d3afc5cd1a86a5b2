#!/usr/bin/env python3
"""Measures on this machine what Scenarios/costs/python36-rsa2048.yaml prices, with today's Python.

Usage: Scripts/measure-python-costs.py [--libraries] [--repeat 200] [--profile FILE]

Prints a row for each key of the profile: its price there, and medians of CPU and wall time here.
RSA is pure Python: PKCS #1 v1.5, SHA-256, 2048 bits, no Chinese remainders. A message is one HTTP
POST over a new connection to a server process on the loop-back interface, http.client to
http.server. With --libraries it goes from requests to Flask, as in the profile. Nothing is written.
"""

import argparse
import hashlib
import http.client
import http.server
import json
import math
import multiprocessing
import pathlib
import platform
import re
import secrets
import statistics
import time

BITS = 2048
EXPONENT = 65537
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


# ---- Pure-Python RSA ----------------------------------------------------------------------------

def is_probably_prime(candidate):
    if any(candidate % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        power = pow(secrets.randbelow(candidate - 3) + 2, odd, candidate)
        if power in (1, candidate - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % candidate
            if power == candidate - 1:
                break
        else:
            return False
    return True


def prime(bits):
    while True:
        candidate = secrets.randbits(bits) | 3 << bits - 2 | 1
        if math.gcd(candidate - 1, EXPONENT) == 1 and is_probably_prime(candidate):
            return candidate


def key_pair():
    first, second = prime(BITS // 2), prime(BITS // 2)
    return first * second, pow(EXPONENT, -1, (first - 1) * (second - 1)), first, second


def encoded(message):
    tail = b"\x00" + DIGEST_INFO + hashlib.sha256(message).digest()
    return int.from_bytes(b"\x00\x01" + b"\xff" * (BITS // 8 - 2 - len(tail)) + tail, "big")


def sign(message, key):
    return pow(encoded(message), key[1], key[0])


def sign_by_remainders(message, key):
    """What libraries do that use the Chinese remainder theorem; not what the profile prices."""
    modulus, private, first, second = key
    number = encoded(message)
    left = pow(number, private % (first - 1), first)
    right = pow(number, private % (second - 1), second)
    return right + second * ((left - right) * pow(second, -1, first) % first)


def verify(message, signature, key):
    return pow(signature, EXPONENT, key[0]) == encoded(message)


# ---- One HTTP POST ------------------------------------------------------------------------------

def answer(path, body):
    """What a node does with a message but for the protocol: it reads the JSON and says 'ok'."""
    if path == "/cpu":
        return {"cpu": time.process_time()}
    json.loads(body)
    return {"status": "ok"}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        text = json.dumps(answer(self.path, body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


def serve(pipe, with_libraries):
    if with_libraries:
        import logging

        import flask
        from werkzeug.serving import make_server

        logging.getLogger("werkzeug").disabled = True
        application = flask.Flask("node")
        application.add_url_rule(
            "/<path:path>", "answer", methods=["POST"],
            view_func=lambda path: flask.jsonify(answer("/" + path, flask.request.get_data())))
        server = make_server("127.0.0.1", 0, application)
    else:
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    pipe.send(server.server_port)
    server.serve_forever()


def poster(port, with_libraries):
    if with_libraries:
        import requests

        return lambda path, body: requests.post(
            f"http://127.0.0.1:{port}{path}", data=body,
            headers={"Content-Type": "application/json"}).json()

    def post(path, body):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        result = json.loads(connection.getresponse().read())
        connection.close()
        return result

    return post


# ---- Measuring ----------------------------------------------------------------------------------

def measured(work, repeat, batch=1):
    """The medians of CPU and wall time of one piece of work, in microseconds."""
    cpu, wall = [], []
    for _ in range(repeat):
        before = time.process_time(), time.perf_counter()
        for _ in range(batch):
            work()
        cpu.append((time.process_time() - before[0]) / batch * 1e6)
        wall.append((time.perf_counter() - before[1]) / batch * 1e6)
    return statistics.median(cpu), statistics.median(wall)


def measured_posts(body, repeat, with_libraries):
    """A sender's CPU and wall time of one POST, and the receiver's CPU time, its answer included."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(there, with_libraries), daemon=True)
    process.start()
    post = poster(here.recv(), with_libraries)
    for _ in range(20):
        post("/message", body)
    before = post("/cpu", b"{}")["cpu"]
    sender = measured(lambda: post("/message", body), repeat)
    receiver = (post("/cpu", b"{}")["cpu"] - before) / (repeat + 1) * 1e6
    process.terminate()
    process.join()
    return sender, receiver


def rows(repeat, with_libraries):
    key = key_pair()
    block = {"height": 7, "previous": "0" * 64, "time": 0, "transaction": "x" * 200}
    message = {"type": "prepare", "view": 1, "sequence": 7, "replica": 2, "block": block}
    signature = sign(json.dumps(message).encode(), key)
    body = json.dumps({**message, "signature": format(signature, "x")}).encode()
    text = json.dumps(message).encode()
    assert verify(text, signature, key) and not verify(text + b" ", signature, key)
    assert sign_by_remainders(text, key) == signature
    sender, receiver = measured_posts(body, repeat, with_libraries)
    state, chain, sheet = {}, [], {"node": 1}

    def execute():
        state[len(chain) % 1000] = block["transaction"]
        chain.append(hashlib.sha256(json.dumps(block, sort_keys=True).encode()).hexdigest())

    def digest():
        return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()

    checked = measured(lambda: (verify(text, signature, key), digest()), repeat)
    verified = measured(lambda: verify(text, signature, key), repeat)
    yield "receive", (receiver, None), "the server's CPU for one POST, its answer included"
    yield "send", sender, "one POST; its wall time has the server's work in it"
    yield "reply", None, "not apart from receive"
    yield "sign", measured(lambda: sign(text, key), max(20, repeat // 10)), "RSA-2048, pow(m, d, n)"
    yield "verify", verified, "RSA-2048, and the message is hashed"
    yield "check-request", checked, "one verification and one hash"
    yield "execute", measured(execute, repeat, 100), "a dictionary and a hashed block; no database"
    yield "hash", measured(digest, repeat, 100), "JSON and SHA-256 of a message"
    yield "sheet", measured(lambda: sheet["node"], repeat, 1000), "access to a dictionary"
    yield "identity", verified, "one verification"
    yield "persist", None, "nothing is written"
    yield "restart", None, "a setting of the scenario"
    yield "check-work", measured(
        lambda: hashlib.sha256(json.dumps(block).encode()).digest(), repeat, 100), "as hash"
    yield "(sign, CRT)", measured(lambda: sign_by_remainders(text, key), max(20, repeat // 10)), \
        "not in the profile: with Chinese remainders"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--libraries", action="store_true", help="requests and Flask")
    parser.add_argument("--repeat", type=int, default=200)
    parser.add_argument(
        "--profile", default=root / "Scenarios/costs/python36-rsa2048.yaml", type=pathlib.Path)
    options = parser.parse_args()
    prices = dict(re.findall(
        r"^  ([a-z-]+): \{ cost: ([^,]+), kind", options.profile.read_text(), re.MULTILINE))
    how = "requests, Flask" if options.libraries else "http.client, http.server"
    print(f"CPython {platform.python_version()}, {how}; microseconds, medians of {options.repeat}")
    print(f"{'work':14}{'profile':>9}{'CPU':>9}{'wall':>9}  how")
    for name, times, note in rows(options.repeat, options.libraries):
        numbers = times or (None, None)
        cells = ["-" if number is None else f"{number:.3g}" if number < 10 else f"{number:.0f}"
                 for number in numbers]
        print(f"{name:14}{prices.get(name, '-'):>9}{cells[0]:>9}{cells[1]:>9}  {note}")


if __name__ == "__main__":
    main()
