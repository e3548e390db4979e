"""Prints what botocore finds in this environment, as JSON; run as a program of its own.

    python botocore_chain.py [--profile NAME] [--endpoint-url URL] [--region NAME]
"""

import argparse
import json

import botocore.config
import botocore.session

METHODS = {
    "env": "environment",
    "assume-role": "assume_role",
    "assume-role-with-web-identity": "web_identity",
    "sso": "sso",
    "shared-credentials-file": "shared_credentials_file",
    "config-file": "config_file",
    "custom-process": "process",
    "container-role": "container",
    "iam-role": "instance",
}

parser = argparse.ArgumentParser()
parser.add_argument("--profile")
parser.add_argument("--endpoint-url")
parser.add_argument("--region")
options = parser.parse_args()

session = botocore.session.Session(profile=options.profile)
found = {"source": "none", "key": None, "region": None, "url": None, "error": None}
try:
    credentials = session.get_credentials()
    if credentials:
        # Also for those that are had only when they are needed.
        found["key"] = credentials.get_frozen_credentials().access_key
        found["source"] = METHODS[credentials.method]
    found["region"] = session.get_config_variable("region")
except Exception as problem:
    found |= {"source": "error", "error": repr(problem)}
if options.region:
    try:
        client = session.create_client(
            "ivs", region_name=options.region, endpoint_url=options.endpoint_url,
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )
        # What the rules of the model make of it, which the client decides for every call anew.
        sent = []
        client.meta.events.register(
            "before-send.ivs", lambda request, **_: sent.append(request.url) or _Answer()
        )

        class _Answer:
            status_code = 200
            headers = {}
            content = b'{"streams": []}'
            raw = None

        client.list_streams()
        found["url"] = sent[0].removesuffix("/ListStreams")
    except Exception as problem:
        found["error"] = repr(problem)
print(json.dumps(found))
