"""Copies of the datasets of a CAR that differ in their titles: `copies.py CAR ROOT COUNT OUT.car PINLIST`.

Each copy gets its own attribute files and directory nodes and shares all data blocks, so that a catalogue of any size
can be measured. The pinlist names one tree per hundred copies.
"""

import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from unixfs_reader import Car, binary, leb, text  # noqa: E402

# Files that carry a dataset's title.
TITLED = {".zattrs", ".zmetadata", "zarr.json", "dataset_meta.yaml"}
PER_TREE = 100


class Writer:
    """Blocks of a CAR, each once."""

    def __init__(self, path):
        self.out = open(path, "wb")
        self.seen = {}
        header = b"\xa2eroots\x80gversion\x01"
        self.out.write(leb(len(header)) + header)

    def put(self, codec, block):
        """Writes a block; its CID in binary."""
        cid = bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(block).digest()
        if cid not in self.seen:
            self.seen[cid] = len(block)
            self.out.write(leb(len(cid) + len(block)) + cid + block)
        return cid

    def directory(self, entries):
        """A directory node of (name, CID, cumulative size), sorted by name: its CID and size."""
        node = b""
        total = 0
        for name, cid, size in sorted(entries):
            link = b"\x0a" + leb(len(cid)) + cid + b"\x12" + leb(len(name)) + name + b"\x18" + leb(size)
            node += b"\x12" + leb(len(link)) + link
            total += size
        node += b"\x0a\x02\x08\x01"
        return self.put(0x70, node), total + len(node)


def datasets(car, cid, path=""):
    """Outermost datasets below a directory: (path, CID)."""
    links = car.links(cid)[0]
    names = {name for name, _ in links}
    if names & {".zgroup", "zarr.json", "dataset_meta.yaml"}:
        yield path, cid
        return
    for name, child in links:
        if car.kind(child) == "directory":
            yield from datasets(car, child, f"{path}/{name}")


def retitle(body, name, number):
    """The same attributes with a title of their own."""
    if name.endswith(".yaml"):
        return body + f"\n# copy {number}\n".encode()
    value = json.loads(body)
    attributes = value
    if name == ".zmetadata":
        attributes = value["metadata"].get(".zattrs", {})
    elif name == "zarr.json":
        attributes = value.get("attributes", {})
    attributes["title"] = f"{attributes.get('title', 'Untitled')} (copy {number})"
    return json.dumps(value).encode()


def copy(car, out, cid, number, cache, top=True):
    """Writes a dataset again under another title: CID and cumulative size."""
    if not top and cid in cache:
        return cache[cid]
    entries = []
    for name, child in car.links(cid)[0]:
        if car.kind(child) == "directory":
            made, size = copy(car, out, child, number, cache, False)
        elif top and name in TITLED:
            body = retitle(car.file(child), name, number)
            made, size = out.put(0x55, body), len(body)
        else:
            if child not in cache:
                body = car.file(child)
                cache[child] = (out.put(0x55, body), len(body))
            made, size = cache[child]
        entries.append((name.encode(), made, size))
    result = out.directory(entries)
    if not top:
        cache[cid] = result
    return result


def main(source, root, count, target, pinlist):
    car = Car(source)
    binary(root)
    found = list(datasets(car, root))
    assert found, "no dataset below the root"
    out = Writer(target)
    cache = {}
    pins = []
    entries = []
    for number in range(int(count)):
        _, cid = found[number % len(found)]
        made, size = copy(car, out, cid, number, cache)
        entries.append((f"copy-{number:06}".encode(), made, size))
        if len(entries) == PER_TREE or number + 1 == int(count):
            tree, _ = out.directory(entries)
            pins.append(f"- cid: {text(tree)}\n  name: copies {len(pins):04}\n  meta:\n    created: 2026-01-01\n")
            entries = []
    out.out.close()
    Path(pinlist).write_text("".join(pins))


if __name__ == "__main__":
    main(*sys.argv[1:])
