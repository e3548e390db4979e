#!/usr/bin/env python3
"""Signs varied requests with botocore, so that our signer has a judge that is not ours.

    make_signing_vectors.py            writes Tests/AWSSigningTests/Vectors/botocore.json
    make_signing_vectors.py --check    exits 1 where that file differs from a fresh generation

The clock is frozen and nothing is random: the same botocore gives the same bytes.
"""

import argparse
import datetime
import json
import sys
from unittest import mock

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from repository import REPOSITORY

FILE = REPOSITORY / "Tests/AWSSigningTests/Vectors/botocore.json"

# The keys of AWS's own documentation, which open nothing.
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLXdlc3QtMiJ+token/with+signs=="
ARN = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdEf123456"
HOST = "https://ivs.us-west-2.amazonaws.com"
JSON_TYPE = ("Content-Type", "application/json")


def put(metadata, **json_options):
    text = json.dumps({"channelArn": ARN, "metadata": metadata}, **json_options)
    return text.encode("utf-8")


def case(name, url=HOST + "/PutMetadata", method="POST", headers=(JSON_TYPE,), body=b"", **other):
    return {"name": name, "url": url, "method": method, "headers": headers, "body": body, **other}


def ivs_operations():
    channel = json.dumps({"channelArn": ARN}).encode()
    yield case("put-metadata", body=put("hello"))
    yield case("put-metadata-one-byte", body=put("x"))
    yield case("put-metadata-1024-bytes", body=put("m" * 1024))
    yield case("put-metadata-compact", body=put('{"cue":"q1"}', separators=(",", ":")))
    yield case("put-metadata-escaped-unicode", body=put("héllo – 世界 🎬"))
    yield case("put-metadata-raw-unicode", body=put("héllo – 世界 🎬", ensure_ascii=False))
    yield case("put-metadata-controls", body=put("a\tb\nc\u0001\"\\"))
    yield case("put-metadata-token", body=put("hello"), token=TOKEN)
    yield case("put-metadata-long-token", body=put("hello"), token="T0k/+=" * 300)
    ad_break = json.dumps({"channelArn": ARN, "durationSeconds": 30}).encode()
    yield case("insert-ad-break", HOST + "/InsertAdBreak", body=ad_break)
    yield case("get-stream", HOST + "/GetStream", body=channel)
    yield case("get-stream-token", HOST + "/GetStream", body=channel, token=TOKEN)
    yield case("list-streams", HOST + "/ListStreams", body=b"{}")
    yield case("get-channel", HOST + "/GetChannel", body=json.dumps({"arn": ARN}).encode())
    yield case("empty-body", HOST + "/ListStreams")
    yield case("binary-body", body=bytes(range(256)))
    yield case("long-body", body=b"0123456789abcdef", times=8192)


def hosts():
    body = put("hello")
    yield case("loopback-port", "http://127.0.0.1:5801/PutMetadata", body=body)
    yield case("localhost-port", "http://localhost:8080/PutMetadata", body=body)
    yield case("default-http-port", "http://localhost:80/PutMetadata", body=body)
    yield case("default-https-port", "https://localhost:443/PutMetadata", body=body)
    yield case("http-on-443", "http://localhost:443/PutMetadata", body=body)
    yield case("https-on-80", "https://localhost:80/PutMetadata", body=body)
    yield case("upper-case-host", "https://IVS.Example.COM/PutMetadata", body=body)
    yield case("ipv6-host", "http://[::1]:5801/PutMetadata", body=body)
    yield case("dual-stack", "https://ivs.eu-west-1.api.aws/PutMetadata", body=body,
               region="eu-west-1")


def headers():
    body = put("hello")
    yield case("no-headers", headers=(), body=body)
    yield case("header-spaces", headers=(("X-Spaced", "  a   b  c "), JSON_TYPE), body=body)
    yield case("header-quoted-spaces", headers=(("X-Quoted", '"a   b"'), JSON_TYPE), body=body)
    yield case("header-tabs", headers=(("X-Tabs", "\ta\t b"), JSON_TYPE), body=body)
    yield case("header-twice", headers=(("X-Two", "b"), JSON_TYPE, ("x-two", "a")), body=body)
    yield case("header-empty", headers=(("X-Empty", ""), JSON_TYPE), body=body)
    yield case("header-order", headers=(("Zebra", "1"), ("alpha", "2"), ("X-Amz-Meta", "3"),
                                        ("X-Amz-Date-Like", "4")), body=body)
    yield case("headers-never-signed", body=body, headers=(
        JSON_TYPE, ("User-Agent", "cue/1"), ("Connection", "keep-alive"), ("Expect", "x"),
        ("Keep-Alive", "5"), ("Proxy-Authenticate", "p"), ("Proxy-Authorization", "p"),
        ("TE", "trailers"), ("Trailer", "x"), ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"), ("X-Amzn-Trace-Id", "Root=1")))
    yield case("headers-of-clients", body=body, headers=(
        JSON_TYPE, ("Accept", "application/json"), ("Accept-Encoding", "gzip, deflate"),
        ("amz-sdk-request", "attempt=1; max=3"), ("Content-Length", str(len(body)))))
    yield case("headers-of-an-earlier-attempt", body=body, token=TOKEN, headers=(
        JSON_TYPE, ("X-Amz-Date", "20000101T000000Z"), ("X-Amz-Security-Token", "old"),
        ("Authorization", "old")))


def paths_and_queries():
    get = {"method": "GET", "headers": ()}
    yield case("escaped-path", HOST + "/tags/arn%3Aaws%3Aivs%3Achannel%2FAbC", **get)
    yield case("escaped-unicode-path", HOST + "/tags/%E4%B8%96%20x", **get)
    yield case("path-marks", HOST + "/a-b_c.d~e/!$&'()*+,;=:@", **get)
    yield case("path-dots", HOST + "/a/./b/../c//d/", **get)
    yield case("no-path", HOST, **get)
    yield case("query", HOST + "/tags?b=2&a=1&a=0", **get)
    yield case("query-escapes", HOST + "/tags?tagKeys=a%20b%2Fc&tagKeys=%E4%B8%96", **get)
    yield case("query-without-value", HOST + "/tags?tagging=&a=", **get)
    yield case("query-equals", HOST + "/tags?a=%3D%26&b=~-._", **get)
    yield case("delete-method", HOST + "/tags?tagKeys=x", method="DELETE", headers=())


def scopes_and_dates():
    body = put("hello")
    yield case("leap-day", body=body, time="2028-02-29T23:59:59Z")
    yield case("first-second-of-a-year", body=body, time="2027-01-01T00:00:00Z")
    yield case("year-2038", body=body, time="2038-01-19T03:14:08Z")
    yield case("other-region", body=body, region="ap-northeast-1")
    yield case("other-service", body=body, service="ivschat")
    yield case("other-secret", body=body, secret="s/p+a=c e-ü")


def sign(given):
    time = given.get("time", "2026-01-02T03:04:05Z")
    region = given.get("region", "us-west-2")
    service = given.get("service", "ivs")
    secret = given.get("secret", SECRET)
    token = given.get("token")
    times = given.get("times", 1)
    body = given["body"] * times
    request = AWSRequest(method=given["method"], url=given["url"], data=body)
    for name, value in given["headers"]:
        request.headers.add_header(name, value)
    moment = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
    auth = botocore.auth.SigV4Auth(Credentials(KEY, secret, token), service, region)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: moment):
        auth.add_auth(request)
    authorization = request.headers["Authorization"]
    # botocore never signs a request that has one, so the stages are told without it.
    del request.headers["Authorization"]
    canonical = auth.canonical_request(request)
    to_sign = auth.string_to_sign(request, canonical)
    signature = auth.signature(to_sign, request)
    assert authorization.endswith("Signature=" + signature)
    # The request line's target and the Host header as botocore's HTTP layer writes them.
    parts = botocore.compat.urlsplit(given["url"])
    target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return {
        "name": given["name"],
        "scheme": parts.scheme,
        "host": parts.netloc.removesuffix(f":{parts.port}"),
        "port": parts.port,
        "method": given["method"],
        "target": target,
        "headers": [list(field) for field in given["headers"]],
        "bodyHex": given["body"].hex(),
        "bodyTimes": times,
        "secret": secret,
        "token": token,
        "region": region,
        "service": service,
        "time": time,
        "canonicalRequest": canonical,
        "stringToSign": to_sign,
        "signature": signature,
        "amzDate": request.headers["X-Amz-Date"],
        "authorization": authorization,
    }


def generate():
    groups = [ivs_operations(), hosts(), headers(), paths_and_queries(), scopes_and_dates()]
    cases = [sign(given) for group in groups for given in group]
    names = [made["name"] for made in cases]
    assert len(names) == len(set(names)), "a name comes twice"
    made = {"botocore": botocore.__version__, "accessKeyID": KEY, "cases": cases}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    text = generate()
    if not arguments.check:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(text, encoding="utf-8")
        return 0
    committed = json.loads(FILE.read_text(encoding="utf-8"))
    fresh = json.loads(text)
    if committed["cases"] == fresh["cases"]:
        return 0
    before = {made["name"]: made for made in committed["cases"]}
    after = {made["name"]: made for made in fresh["cases"]}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            print(f"{FILE.name}: {name} differs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
