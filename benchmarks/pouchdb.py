"""The same tickets through PouchDB (leveldb) and express-pouchdb, by ../shared/tools, where their modules are there."""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from benchmarks.figures import Figure

TOOL = Path(__file__).parent.parent.parent / "shared" / "tools" / "sync_pouchdb.js"
MUST = 0.5
"""Our seconds to its: twice the documents a second."""
_CASES = {"push": "push (replicate.to), batch 500", "pull": "pull into an empty replica, batch 500"}


def pouchdb(asked: argparse.Namespace, folder: Path, server: Path, ours: Mapping[str, float]) -> list[Figure]:
    """Our ``push`` and ``pull`` (seconds) against PouchDB's of the tickets in a server's file. A ticket is one
    document; contacts and callers come on top for us alone."""
    if asked.pouchdb is None or shutil.which("node") is None or not TOOL.exists():
        print("PouchDB is not there: no figures beside it")
        return []
    docs = folder / "docs.jsonl"
    with closing(sqlite3.connect(server)) as conn, docs.open("w", encoding="utf-8") as out:
        for id, doc in conn.execute("SELECT id, doc FROM doc WHERE entity = 'ticket'"):
            out.write(json.dumps({"id": id} | json.loads(doc)) + "\n")
    done = subprocess.run(
        ["node", str(TOOL), str(docs), str(folder), str(asked.runs)], check=True, capture_output=True, text=True,
        env=os.environ | {"SYNC_NODE_MODULES": str(asked.pouchdb / "node_modules")},
    )
    told = {line["case"]: line for line in map(json.loads, done.stdout.splitlines())}
    for name, line in told.items():
        print(f"PouchDB: {name}: {line['median_s']} s, {line['per_s']:,} documents/s")
    return [Figure(f"{name}, seconds against PouchDB's", ours[name] / told[case]["median_s"], MUST)
            for name, case in _CASES.items()]
