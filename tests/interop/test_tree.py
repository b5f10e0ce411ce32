"""`pinfold add --tree` and `--to`: the new HEAD is the one of Kubo's MFS, and Kubo takes what we send."""

import subprocess
import urllib.request

import pytest


def dataset(folder, name, value):
    """A small Zarr v2 group; its bytes differ with `value`."""
    path = folder / name
    (path / "x").mkdir(parents=True)
    (path / ".zgroup").write_text('{"zarr_format": 2}')
    (path / ".zattrs").write_text('{"title": "%s"}' % name)
    (path / "x/.zarray").write_text('{"zarr_format": 2, "shape": [4], "chunks": [4], "dtype": "|u1",'
                                    ' "compressor": null, "filters": null, "fill_value": 0, "order": "C"}')
    (path / "x/0").write_bytes(bytes([value] * 4))
    return path


def as_v1(kubo, cid):
    return kubo("cid", "format", "-v", "1", "-b", "base32", cid).decode().strip()


def add(pinfold, folder, *args):
    return subprocess.run([pinfold, "add", *map(str, args), "--pinlist", folder / "pinlist.yaml"],
                          capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("version", ["0", "1"])
def test_new_head_is_that_of_mfs(kubo, pinfold, tmp_path, version):
    mfs = f"/tree-{version}"
    first, second = dataset(tmp_path, "a.zarr", 1), dataset(tmp_path, "b.zarr", 2)
    old = kubo("add", "-r", "--hidden", "--quieter", "--cid-version", version, "--raw-leaves", first).decode().split()[-1]
    kubo("files", "mkdir", "-p", "--cid-version", version, f"{mfs}/products/HALO")
    kubo("files", "cp", f"/ipfs/{old}", f"{mfs}/products/HALO/a.zarr")
    head = kubo("files", "stat", "--hash", mfs).decode().strip()
    # Only the directories of the HEAD are at hand, no block of the data.
    source = tmp_path / "blocks"
    source.mkdir()
    for path in [mfs, f"{mfs}/products", f"{mfs}/products/HALO"]:
        cid = kubo("files", "stat", "--hash", path).decode().strip()
        (source / as_v1(kubo, cid)).write_bytes(kubo("block", "get", cid))
    (tmp_path / "pinlist.yaml").write_text(f"# ours\n- cid: {head}\n  name: TEST HEAD v9\n  meta:\n    tags: [all]\n")
    (tmp_path / "tree.yaml").write_text(f"products:\n  HALO:\n    a.zarr: {old}  # level 2\n")

    car, head_car = tmp_path / "b.car", tmp_path / "head.car"
    where = "products/HALO/level3/b.zarr"
    done = add(pinfold, tmp_path, second, "--tree", where, "--source", source, "--car", car, "--head-car", head_car,
               "--created", "2026-11-20")
    assert done.returncode == 0, done.stderr
    new = done.stdout.split("\nHEAD ")[1].split()[0]

    kubo("dag", "import", "--pin-roots=false", car)
    placed = (tmp_path / "tree.yaml").read_text().split("b.zarr: ")[1].split()[0]
    assert (tmp_path / "tree.yaml").read_text().startswith(f"products:\n  HALO:\n    a.zarr: {old}  # level 2\n")
    kubo("files", "mkdir", "-p", "--cid-version", version, f"{mfs}/products/HALO/level3")
    kubo("files", "cp", f"/ipfs/{placed}", f"{mfs}/{where}")
    assert new == as_v1(kubo, kubo("files", "stat", "--hash", mfs).decode().strip())

    text = (tmp_path / "pinlist.yaml").read_text()
    assert text.startswith("# ours\n") and "name: TEST HEAD v10" in text and "tags: [all]" in text
    assert f"prev: {as_v1(kubo, head)}" in text
    # The directories' blocks are in their archive: Kubo can walk from the new HEAD to the new file.
    kubo("dag", "import", "--pin-roots=false", head_car)
    assert kubo("cat", f"/ipfs/{new}/{where}/x/0") == bytes([2] * 4)
    again = add(pinfold, tmp_path, second, "--tree", where, "--source", source)
    assert again.returncode == 0 and "nothing is changed" in again.stdout
    assert (tmp_path / "pinlist.yaml").read_text() == text


def test_a_size_that_nobody_knows_names_the_entry(kubo, pinfold, tmp_path):
    first, second = dataset(tmp_path, "a.zarr", 3), dataset(tmp_path, "b.zarr", 4)
    old = kubo("add", "-r", "--hidden", "--quieter", first).decode().split()[-1]
    (tmp_path / "pinlist.yaml").write_text(f"- cid: {old}\n  name: HEAD v1\n")
    (tmp_path / "tree.yaml").write_text(f"here:\n  a.zarr: {old}\n")
    (tmp_path / "blocks").mkdir()
    before = (tmp_path / "pinlist.yaml").read_text(), (tmp_path / "tree.yaml").read_text()
    done = add(pinfold, tmp_path, second, "--tree", "here/b.zarr", "--source", tmp_path / "blocks")
    assert done.returncode == 2 and "the size of `here/a.zarr`" in done.stderr, done.stderr
    assert before == ((tmp_path / "pinlist.yaml").read_text(), (tmp_path / "tree.yaml").read_text())
    wrong = add(pinfold, tmp_path, second, "--tree", "a//b", "--source", tmp_path / "blocks")
    assert wrong.returncode == 2 and "is empty" in wrong.stderr


def test_into_a_running_kubo(kubo, pinfold, tmp_path):
    path = dataset(tmp_path, "c.zarr", 5)
    gateway = kubo.gateway()
    api = f"http://127.0.0.1:{kubo.api_port}"
    done = add(pinfold, tmp_path, path, "--to", api, "--name", "C", "--created", "2026-11-20")
    assert done.returncode == 0, done.stderr
    cid = (tmp_path / "pinlist.yaml").read_text().split("cid: ")[1].split()[0]
    assert cid in kubo("pin", "ls", "--type=recursive", "--quiet").decode()
    with urllib.request.urlopen(f"{gateway}/ipfs/{cid}/x/0", timeout=30) as answer:
        assert answer.read() == bytes([5] * 4)
    # A node that is not there: nothing is listed.
    other = dataset(tmp_path, "d.zarr", 6)
    text = (tmp_path / "pinlist.yaml").read_text()
    done = add(pinfold, tmp_path, other, "--to", "http://127.0.0.1:9", "--name", "D")
    assert done.returncode == 2, done.stdout
    assert (tmp_path / "pinlist.yaml").read_text() == text
