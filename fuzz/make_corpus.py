"""Makes fuzz/corpus/ out of the fixtures: `python fuzz/make_corpus.py`. What a fuzzer found is kept beside it."""

import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from unixfs_reader import Car, binary, leb  # noqa: E402

CORPUS = ROOT / "fuzz" / "corpus"
LARGEST = 4096


def keep(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def car_of(blocks, root):
    """A CARv1 of (CID, block) with one root."""
    header = b"\xa2eroots\x81\xd8*X" + bytes([len(root) + 1]) + b"\0" + root + b"gversion\x01"
    out = leb(len(header)) + header
    for cid, block in blocks:
        out += leb(len(cid) + len(block)) + cid + block
    return out


def cars_and_nodes():
    car = Car(ROOT / "tests/fixtures/demo/demo.car")
    order = sorted(set(car.order))
    small = [cid for cid in order if car.kind(cid) != "raw" and len(car.block(cid)) < 1500]
    raw = [cid for cid in order if car.kind(cid) == "raw" and len(car.block(cid)) < 600]

    def pairs(cids):
        return [(binary(cid), car.block(cid)) for cid in cids]

    for at, cid in enumerate(small[::6][:12]):
        keep("unixfs", f"node-{at:02}", car.block(cid))
    count = 0
    for cid in small:
        below = [child for _, child in car.links(cid)[0] if child in raw or child in small]
        whole = car_of(pairs([cid] + below[:6]), binary(cid))
        if below and len(whole) <= LARGEST and count < 6:
            keep("unixfs", f"tree-{count:02}.car", whole)
            keep("car", f"tree-{count:02}", b"\x04" + whole)
            count += 1
    keep("car", "raw", b"\x01" + car_of(pairs(raw[:3]), binary(raw[0])))
    keep("car", "header", b"\xff" + car_of([], binary(raw[0])))


def zarr():
    names = {".zmetadata": 0, "zarr.json": 1, ".zarray": 2, ".zattrs": 3}
    seen = {name: 0 for name in names}
    kinds = {}
    with tarfile.open(ROOT / "tests/fixtures/zarr/stores.tar.gz") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            if not member.isfile() or not 0 < member.size <= LARGEST:
                continue
            name = member.name.rsplit("/", 1)[-1]
            data = archive.extractfile(member).read()
            if name in names:
                if seen[name] < 12 and hash_of(member.name) % 5 == 0:
                    keep("zarr_metadata", f"{names[name]}-{seen[name]:02}", bytes([names[name]]) + data)
                    seen[name] += 1
                continue
            if member.name.startswith("v2") and not name.startswith("."):
                for at, word in enumerate(["zstd", "zlib", "gzip", "lz4"]):
                    if f"{word}" in member.name and "blosc" not in member.name:
                        count = kinds.setdefault(word, 0)
                        if count < 6:
                            kinds[word] += 1
                            keep("codecs", f"{word}-{count}", bytes([at]) + data)
                if "blosc" in member.name:
                    count = kinds.setdefault("blosc", 0)
                    kinds["blosc"] += 1
                    if count % 19 == 0 and count < 19 * 24 and len(data) < 2000:
                        keep("blosc", f"blosc-{count // 19:02}", data)


def hash_of(text):
    return sum(text.encode())


def texts():
    for at, text in enumerate(
        [
            "seconds since 2024-08-11 14:17:01",
            "nanoseconds since 1970-01-01",
            "days since 1850-1-1 00:00:0.5 -03:30",
            "hours since 2024-02-29T12:00:00Z",
            "2024-08-15T12:00:00.123456789+01:00",
            "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
            "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPVgp",
            "bafkqaaa",
            'platform:HALO "air temperature" -x year:2024 wnd',
        ]
    ):
        keep("text", f"{at:02}", text.encode())


if __name__ == "__main__":
    cars_and_nodes()
    zarr()
    texts()
