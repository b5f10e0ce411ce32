"""The tables of outside vocabularies are what their keepers publish, read by another program than `cargo xtask tables`."""

import importlib.util
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from conftest import ROOT


def test_the_standard_names_are_cfs():
    spec = importlib.util.find_spec("compliance_checker")
    if spec is None:
        pytest.skip("pip install compliance-checker, which carries the table")
    root = ElementTree.parse(Path(spec.origin).parent / "data/cf-standard-name-table.xml").getroot()
    head, *lines = (ROOT / "generator/data/cf-standard-names.txt").read_text().splitlines()
    if head.split()[1] != root.findtext("conventions"):
        pytest.skip(f"ours is {head.split()[1]}, compliance-checker carries {root.findtext('conventions')}: renew one of them")
    names = {entry.get("id").strip(): (entry.findtext("canonical_units") or "").strip() for entry in root.iter("entry")}
    ours = dict(line.split("\t") for line in lines)
    assert {name: units for name, units in ours.items() if not units.startswith("=")} == names
    aliases = {name: units[1:] for name, units in ours.items() if units.startswith("=")}
    published = {}
    for alias in root.iter("alias"):
        published.setdefault(alias.get("id").strip(), alias.findtext("entry_id").strip())
    assert aliases == {name: meant for name, meant in published.items() if name not in names and meant in names}
    assert len(names) > 4000 and len(aliases) > 400
