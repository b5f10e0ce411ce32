"""`pinfold add --to` a real Kubo that dies in the middle, is full, or lacks parts of the tree."""

import os
import random
import subprocess

import pytest

from test_deploy import Wire, api, node  # noqa: F401  (a fixture)
from test_tree import as_v1, dataset


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A dataset of 80 MiB that no two blocks of are equal."""
    data = dataset(tmp_path_factory.mktemp("large"), "large.zarr", 1)
    draw = random.Random(7)
    for part in range(1, 6):
        (data / "x" / str(part)).write_bytes(draw.randbytes(16 << 20))
    return data


def command(pinfold, folder, *args):
    return [str(part) for part in (pinfold, "add", *args, "--pinlist", folder / "pinlist.yaml")]


def add(pinfold, folder, *args, code=0):
    done = subprocess.run(command(pinfold, folder, *args), capture_output=True, text=True, timeout=300)
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return done


def sent(done):
    """Bytes that the second run still had to send."""
    return int(done.stdout.split(" bytes sent")[0].split()[-1])


def carries_on(pinfold, node, large, folder):  # noqa: F811
    done = add(pinfold, folder, large, "--to", api(node), "--name", "Large")
    # Two batches of 16 MiB had arrived; the third was cut off.
    assert 16 << 20 < sent(done) <= (80 - 32 << 20) + (1 << 20), done.stdout
    cid = (folder / "pinlist.yaml").read_text().split("cid: ")[1].split()[0]
    assert cid in node("pin", "ls", "--type=recursive", "--quiet").decode()
    assert node("dag", "stat", "--progress=false", "--offline", cid)


def test_a_node_that_dies_in_the_middle(pinfold, node, large, tmp_path):  # noqa: F811
    wire = Wire(node.api_port, 40 << 20, node.server.process.kill)
    done = add(pinfold, tmp_path, large, "--to", wire.url, "--car", tmp_path / "large.car", code=2)
    wire.stop()
    assert "went away during" in done.stderr and "which carries on" in done.stderr, done.stderr
    assert list(tmp_path.glob("*.car*")) == [] and not (tmp_path / "pinlist.yaml").exists()
    done = add(pinfold, tmp_path, large, "--to", api(node), code=2)
    assert "no Kubo answers at" in done.stderr and done.stdout.count("bafy") == 0, "it is asked before the work"
    node.server.process.wait()
    node.server = None
    node.gateway()
    carries_on(pinfold, node, large, tmp_path)


def test_an_upload_that_is_interrupted(pinfold, node, large, tmp_path):  # noqa: F811
    running = []
    wire = Wire(node.api_port, 40 << 20, lambda: running[0].terminate())
    args = command(pinfold, tmp_path, large, "--to", wire.url, "--car", tmp_path / "large.car")
    running.append(subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    _, told = running[0].communicate(timeout=300)
    wire.stop()
    assert running[0].returncode == 130 and "the same command carries on" in told, told
    # The node's own files, and nothing of ours.
    assert sorted(os.listdir(tmp_path)) == ["log", "repo"]
    carries_on(pinfold, node, large, tmp_path)


def test_a_disk_that_is_too_small(pinfold, node, tmp_path):  # noqa: F811
    """Eight terabytes: refused at once, for the archive and for the node, without reading them."""
    data = dataset(tmp_path, "huge.zarr", 1)
    os.truncate(data / "x/0", 8 << 40)
    # Archives have heads and directories beside the files.
    for where, needed in ((["--to", api(node)], "8796"), (["--car", tmp_path / "huge.car"], "8933")):
        done = add(pinfold, tmp_path, data, *where, code=2)
        assert "make room" in done.stderr and f" {needed}" in " " + done.stderr, done.stderr
        assert "bafy" not in done.stdout
    assert not (tmp_path / "pinlist.yaml").exists() and list(tmp_path.glob("*.car*")) == []


def test_a_node_beyond_its_limit_is_told(pinfold, node, tmp_path):  # noqa: F811
    node.set("Datastore.StorageMax", "1KB")
    node.stop()
    node.server = None
    node.gateway()
    done = add(pinfold, tmp_path, dataset(tmp_path, "a.zarr", 8), "--to", api(node))
    assert "more than its Datastore.StorageMax of 1000" in done.stderr


def test_a_tree_at_its_node(pinfold, node, tmp_path):  # noqa: F811
    """The new HEAD is pinned where the whole tree is; elsewhere the dataset is, and that is said."""
    first, second = dataset(tmp_path, "a.zarr", 9), dataset(tmp_path, "b.zarr", 10)
    node("files", "mkdir", "-p", "--cid-version=1", "/t/here")
    old = node("add", "-r", "--hidden", "--quieter", "--cid-version=1", "--raw-leaves", first).decode().split()[-1]
    node("files", "cp", f"/ipfs/{old}", "/t/here/a.zarr")
    head = as_v1(node, node("files", "stat", "--hash", "/t").decode().strip())
    (tmp_path / "pinlist.yaml").write_text(f"- cid: {head}\n  name: OUR HEAD v1\n")
    (tmp_path / "tree.yaml").write_text(f"here:\n  a.zarr: {old}\n")
    source = f"http://127.0.0.1:{node.gateway_port}"
    done = add(pinfold, tmp_path, second, "--tree", "here/b.zarr", "--source", source, "--to", api(node))
    new = done.stdout.split("\nHEAD ")[1].split()[0]
    assert "the new HEAD is pinned as `OUR HEAD v2`" in done.stdout
    assert f"{new} recursive OUR HEAD v2" in node("pin", "ls", "--type=recursive", "--names").decode()
    assert node("cat", f"/ipfs/{new}/here/b.zarr/x/0") == bytes([10] * 4)
    # The other half of the tree goes; another dataset is placed.
    for cid in (new, old):
        node("pin", "rm", cid)
    node("files", "rm", "-r", "/t")
    node("repo", "gc")
    (tmp_path / "elsewhere").mkdir()
    for path in (first, second):
        add(pinfold, tmp_path / "elsewhere", path, "--car", tmp_path / f"{path.stem}.car")
    sources = ["--source", tmp_path / "a.car", "--source", tmp_path / "b.car"]
    third = dataset(tmp_path, "c.zarr", 11)
    (tmp_path / "pinlist.yaml").write_text("")
    done = add(pinfold, tmp_path, third, "--tree", "here/c.zarr", *sources, "--to", api(node))
    assert "the new HEAD is not pinned" in done.stderr and "pinned as `here/c.zarr`" in done.stdout, done.stderr
