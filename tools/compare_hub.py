#!/usr/bin/env python3
"""compare_hub.py BUILD MODEL: the cache that bert pull and huggingface_hub share.

Plays the Hugging Face hub on loopback with the files of the folder MODEL (one that transformers opens), and then
  1. bert pull brings it; huggingface_hub, transformers and sentence-transformers find it with local_files_only;
  2. huggingface_hub brings it into another cache; bert models and bert embed find it there, and bert pull asks
     for no file again;
  3. half of a file that huggingface_hub left as <etag>.incomplete is continued by bert pull;
  4. both bring it at the same time into one cache.
Needs huggingface_hub, transformers and sentence-transformers. No network.
"""

import hashlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 1 << 20
requests = []


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", headers.get("Content-Length", len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        requests.append((self.command, self.path, self.headers.get("Range")))
        path = self.path.split("?")[0]
        if path.startswith("/api/models/"):
            files = [{"rfilename": name} for name in sorted(FILES)]
            tree = [{"type": "file", "path": n, "size": len(b), "oid": git(b), **lfs(b)} for n, b in FILES.items()]
            body = tree if "/tree/" in path else {"id": "org/made", "sha": COMMIT, "siblings": files}
            return self.reply(200, {"Content-Type": "application/json"}, json.dumps(body).encode())
        name = path.split(f"/resolve/{COMMIT}/")[-1].split("/resolve/main/")[-1].removeprefix("/store/")
        if name not in FILES:
            return self.reply(404, {"X-Error-Code": "EntryNotFound"})
        body = FILES[name]
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{etag(body)}"'}
        if len(body) >= LARGE and not path.startswith("/store/"):
            headers |= {"X-Linked-Etag": f'"{etag(body)}"', "X-Linked-Size": str(len(body))}
            return self.reply(302, headers | {"Location": f"http://localhost:{PORT}/store/{name}"})
        if self.headers.get("Range"):
            start = int(self.headers["Range"].split("=")[1].split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return self.reply(206, headers, body[start:])
        return self.reply(200, headers, body)


def git(body):
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


def lfs(body):
    return {"lfs": {"oid": etag(body), "size": len(body), "pointerSize": 130}} if len(body) >= LARGE else {}


def etag(body):
    return hashlib.sha256(body).hexdigest() if len(body) >= LARGE else git(body)


def environment(home):
    names = {"HF_HOME": home, "HF_ENDPOINT": f"http://127.0.0.1:{PORT}", "HF_HUB_DISABLE_XET": "1"}
    return {**os.environ, **names, "HF_HUB_DISABLE_TELEMETRY": "1"}


def run(home, *command):
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return done.stdout


BRING = "from huggingface_hub import snapshot_download as s; print(s('org/made'))"
FIND = """
import sys, numpy as np
from huggingface_hub import hf_hub_download, snapshot_download
from transformers import AutoModel, AutoTokenizer
from sentence_transformers import SentenceTransformer
print(snapshot_download('org/made', local_files_only=True))
hf_hub_download('org/made', 'config.json', local_files_only=True)
AutoModel.from_pretrained('org/made', local_files_only=True)
AutoTokenizer.from_pretrained('org/made', local_files_only=True)
v = SentenceTransformer('org/made', local_files_only=True).encode('I love Paris')
print(' '.join('%.6f' % x for x in v))
"""


def main():
    bert = os.path.join(BUILD, "bert")
    with tempfile.TemporaryDirectory() as work:
        first, second, third = (os.path.join(work, name) for name in ("first", "second", "third"))
        folder = run(first, bert, "pull", "org/made").strip()
        found, vector = run(first, sys.executable, "-c", FIND).strip().split("\n")[-2:]
        ours = json.loads(run(first, bert, "embed", "-q", "-m", "org/made", "--format", "jsonl", "I love Paris"))
        worst = max(abs(a - float(b)) for a, b in zip(ours["embedding"], vector.split(), strict=True))
        assert os.path.realpath(found) == os.path.realpath(folder), (found, folder)
        print(f"1. huggingface_hub, transformers, sentence-transformers find it; vectors differ by {worst:.1e}")
        assert worst < 3e-6

        run(second, sys.executable, "-c", BRING)
        assert "org/made" in run(second, bert, "models")
        run(second, bert, "embed", "-q", "-m", "org/made", "I love Paris")
        requests.clear()
        run(second, bert, "pull", "org/made")
        print(f"2. bert finds what huggingface_hub brought; requests to pull it again: {len(requests)}")
        assert len(requests) == 1

        blobs = os.path.join(third, "hub", "models--org--made", "blobs")
        name, body = max(FILES.items(), key=lambda item: len(item[1]))
        os.makedirs(blobs)
        with open(os.path.join(blobs, etag(body) + ".incomplete"), "wb") as f:
            f.write(body[: len(body) // 2])
        requests.clear()
        run(third, bert, "pull", "org/made")
        ranges = [r for _, _, r in requests if r]
        print(f"3. {name} continued: {ranges}")
        assert ranges and set(ranges) == {f"bytes={len(body) // 2}-"}

        fourth = os.path.join(work, "fourth")
        command = [[bert, "pull", "org/made"], [sys.executable, "-c", BRING]] * 2
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        both = [subprocess.Popen(c, env=environment(fourth), **quiet) for c in command]
        assert not any(p.wait() for p in both)
        for name, body in FILES.items():
            path = os.path.join(fourth, "hub/models--org--made/snapshots", COMMIT, name)
            assert open(path, "rb").read() == body, path
        print("4. four at once, two of each: every file as it was published")


BUILD, MODEL = sys.argv[1:3]
FILES = {}
for root, _, names in os.walk(MODEL):
    for file in names:
        path = os.path.join(root, file)
        FILES[os.path.relpath(path, MODEL)] = open(path, "rb").read()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
PORT = server.server_address[1]
threading.Thread(target=server.serve_forever, daemon=True).start()
main()
