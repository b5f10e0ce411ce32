"""A small reader of CARv1 and UnixFS that shares no code with Pinfold: the tests' second opinion.

Basic directories, raw leaves and dag-pb files; no HAMT (see IPFS's unixfs specification, and dag-pb's).
"""

import base64
import hashlib
from pathlib import Path


def varint(data, at):
    """Unsigned LEB128 at `at`: value and the offset behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return value, at


def leb(value):
    """Unsigned LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def fields(data):
    """Fields of a protobuf message as (number, value)."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            size, at = varint(data, at)
            value = data[at : at + size]
            at += size
        else:
            raise ValueError(f"wire type {key & 7}")
        yield key >> 3, value


def text(cid):
    """CIDv1 in base32, or CIDv0, from its bytes."""
    if cid[:2] == b"\x12\x20":
        cid = b"\x01\x70" + cid
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")


def binary(cid):
    """Bytes of a CIDv1 in base32."""
    assert cid.startswith("b"), cid
    body = cid[1:].upper()
    return base64.b32decode(body + "=" * (-len(body) % 8))


def cid_length(data, at):
    """Bytes of the CID at `at`."""
    if data[at : at + 2] == b"\x12\x20":
        return 34
    end = at
    for _ in range(3):
        _, end = varint(data, end)
    size, end = varint(data, end)
    return end + size - at


class Car:
    """All blocks of a CAR, each checked against its hash."""

    def __init__(self, source):
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        size, at = varint(data, 0)
        at += size
        self.order = []
        self.blocks = {}
        while at < len(data):
            size, at = varint(data, at)
            section = data[at : at + size]
            assert len(section) == size, "truncated CAR"
            at += size
            length = cid_length(section, 0)
            cid, block = section[:length], section[length:]
            if cid[-34:-32] == b"\x12\x20":
                assert hashlib.sha256(block).digest() == cid[-32:], f"wrong hash in CAR: {text(cid)}"
            self.order.append(text(cid))
            # By hash: some writers label every block of a CAR as raw.
            self.blocks[cid[-34:] if cid[-34:-32] == b"\x12\x20" else cid] = block

    def block(self, cid):
        """Bytes of a block, whatever codec the CAR gave it."""
        key = binary(cid)
        if key[2] == 0:  # identity: the block is in the CID
            return key[4:]
        return self.blocks[key[-34:] if key[-34:-32] == b"\x12\x20" else key]

    def links(self, cid):
        """Links (name, CID) and UnixFS data of a dag-pb block."""
        links, data = [], b""
        for number, value in fields(self.block(cid)):
            if number == 2:
                link = dict(fields(value))
                links.append((link.get(2, b"").decode(), text(link[1])))
            elif number == 1:
                data = value
        return links, data

    def kind(self, cid):
        """`raw`, `file` or `directory`."""
        if binary(cid)[1] == 0x55:
            return "raw"
        kind = dict(fields(self.links(cid)[1]))[1]
        return {1: "directory", 2: "file"}[kind]

    def file(self, cid):
        """Bytes of a file."""
        if binary(cid)[1] == 0x55:
            return self.block(cid)
        links, data = self.links(cid)
        own = dict(fields(data)).get(2, b"")
        return own + b"".join(self.file(child) for _, child in links)

    def resolve(self, cid, path):
        """The CID below a directory; `None` when it is not listed."""
        for name in filter(None, path.split("/")):
            cid = dict(self.links(cid)[0]).get(name)
            if cid is None:
                return None
        return cid

    def extract(self, cid, folder):
        """Writes a directory to disk."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, child in self.links(cid)[0]:
            if self.kind(child) == "directory":
                self.extract(child, folder / name)
            else:
                (folder / name).write_bytes(self.file(child))
        return folder

    def files(self, cid, prefix=""):
        """Paths of all files below a directory."""
        for name, child in self.links(cid)[0]:
            path = f"{prefix}{name}"
            if self.kind(child) == "directory":
                yield from self.files(child, f"{path}/")
            else:
                yield path, child
