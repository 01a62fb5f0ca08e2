"""Checks our presigned requests with a second implementation of S3: the emulator ministack, whose
account refuses unsigned requests and other origins.

    python tests/e2e/signatures.py

Needs no build by sam. The requests are those of tests/api/files/emulator.rs.
"""

import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from stack import REGION, SHOP, Failed, check, emulator, environment, free_port

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "live-chat-signatures"
HEADERS = ["content-type", "if-none-match", "x-amz-tagging"]
TEST = ["cargo", "test", "--quiet", "--workspace", "--locked", "--test", "api", "emulator", "--", "--ignored"]


def status(url, method, **headers):
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def run(endpoint, ours):
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name=REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedHeaders": HEADERS, "AllowedOrigins": [SHOP], "MaxAgeSeconds": 3600}
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    url = f"{endpoint}/{BUCKET}/files/f1"
    for origin, expected in ((SHOP, 200), ("https://other.example", 403)):
        asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": ",".join(HEADERS)}
        found = status(url, "OPTIONS", Origin=origin, **asked)
        check(found == expected, f"A preflight of {origin} gets {expected}", found)
    given = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    done = subprocess.run(TEST, cwd=ROOT, env={**ours, **given, "FILES_BUCKET": BUCKET}, check=False)
    check(done.returncode == 0, "Another S3 accepts our signatures and refuses others")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    port = free_port()
    # The test needs the environment of cargo, and the emulator must not see it.
    ours = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="live-chat-signatures-", ignore_cleanup_errors=True) as home:
        home = Path(home)
        (home / "tmp").mkdir()
        kept = environment(home, port)
        os.environ.clear()
        os.environ.update(kept)
        try:
            with emulator(home, port):
                run(kept["AWS_ENDPOINT_URL"], ours)
        except Exception as error:
            print(f"log   emulator:\n{(home / 'ministack.log').read_text()[-6000:]}", flush=True)
            if not isinstance(error, Failed):
                raise
            sys.exit(f"FAILED: {error}")


if __name__ == "__main__":
    main()
