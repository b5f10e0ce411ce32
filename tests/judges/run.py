#!/usr/bin/env python3
"""Judges what a build wrote with programs that no one here wrote.

Usage: run.py DIST [--sample N] [--schemas DIR] [--vnu JAR] [--only NAME]

One line per judge: `ok`, `FAILED` or `skipped`, what it looked at, how long it took. Exit code 1 if one
failed. Python packages are pinned in requirements.txt, the HTML checker in package.json.
"""

import argparse
import functools
import http.server
import json
import logging
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import warnings

HERE = pathlib.Path(__file__).resolve().parent
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)


class Skip(Exception):
    """What a judge needs is not here."""


def require(module):
    try:
        return __import__(module)
    except ImportError as error:
        raise Skip(f"{error.name} is not installed (pip install -r tests/judges/requirements.txt)") from error


def datasets(args):
    found = sorted(path.parent for path in args.dist.glob("ds/*/index.html"))
    if not found:
        raise AssertionError("no landing page in this folder")
    step = max(1, len(found) // args.sample)
    return found[::step]


def xmllint(schema, files):
    files = list(files)
    if not files:
        raise AssertionError("nothing to look at")
    try:
        run = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(schema), *map(str, files)],
                             capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Skip("xmllint is not installed (libxml2-utils)") from error
    wrong = [line for line in run.stderr.splitlines() if not line.endswith("validates")]
    assert run.returncode == 0, "\n".join(wrong[:10])
    return f"{len(files)} files"


def datacite_xsd(args):
    schema = args.schemas / "datacite-4.7" / "metadata.xsd"
    if not schema.exists():
        raise Skip(f"{schema} is missing")
    return xmllint(schema, (d / "datacite.xml" for d in datasets(args)))


# Where the JSON schema for 4.5 that Python's datacite carries differs from the REST API and from 4.7.
def differences(attributes):
    out = dict(attributes)
    known = []
    # 4.6 added the date type Coverage.
    if any(d["dateType"] == "Coverage" for d in out.get("dates", [])):
        out["dates"] = [d for d in out["dates"] if d["dateType"] != "Coverage"]
        known.append("date type Coverage (4.6)")
    # The REST API takes these, the file format does not have them.
    for name in ("contentUrl",):
        if out.pop(name, None):
            known.append(name)
    # The API wants a number or a text, the file format a text.
    out["publicationYear"] = str(out["publicationYear"])
    # The REST API spells them with a small i, as its documentation has it.
    return out, known


def datacite_json(args):
    require("datacite")
    from datacite import schema45
    looked, known = 0, set()
    for folder in datasets(args):
        attributes = json.loads((folder / "datacite.json").read_text())["data"]["attributes"]
        attributes, explained = differences(attributes)
        known.update(explained)
        errors = [f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in schema45.validator.iter_errors(attributes)]
        # A dataset without any DOI cannot be registered; its record says so by having none.
        assert not errors, f"{folder.name}: {errors[:5]}"
        looked += 1
    return f"{looked} records by schema 4.5; explained: {', '.join(sorted(known)) or 'nothing'}"


def json_ld(args):
    extruct = require("extruct")
    looked = 0
    for folder in datasets(args):
        html = (folder / "index.html").read_text()
        found = extruct.extract(html, syntaxes=["json-ld", "opengraph", "dublincore"], uniform=False)
        (dataset,) = [item for item in found["json-ld"] if item["@type"] == "Dataset"]
        for key in ("name", "description", "identifier", "includedInDataCatalog", "isAccessibleForFree"):
            assert key in dataset, f"{folder.name} has no {key}"
        assert 50 <= len(dataset["description"]) <= 5000, f"{folder.name}: description of {len(dataset['description'])}"
        for place in [dataset.get("spatialCoverage") or []]:
            for box in place if isinstance(place, list) else [place]:
                if box["geo"]["@type"] == "GeoShape":
                    south, west, north, east = map(float, box["geo"]["box"].split())
                    assert south <= north and west <= east, f"{folder.name}: inverted {box}"
        for download in dataset.get("distribution", []):
            assert download["contentUrl"].startswith("http"), f"{folder.name}: {download}"
        assert found["opengraph"], f"{folder.name} has no OpenGraph"
        assert found["dublincore"], f"{folder.name} has no Dublin Core"
        record = json.loads((folder / "record.json").read_text())
        registered = (record.get("doi") or {}).get("state") == "registered"
        assert registered == ("doi.org" in dataset.get("@id", "")), f"{folder.name}: planned DOI shown, or registered one not"
        looked += 1
    (catalog,) = extruct.extract((args.dist / "index.html").read_text(), syntaxes=["json-ld"])["json-ld"]
    assert catalog["@type"] == "DataCatalog"
    return f"{looked} pages and the catalogue"


def signposting(args):
    require("signposting")
    from signposting import find_signposting_html, find_signposting_linkset
    handler = functools.partial(Quiet, directory=str(args.dist))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/"
    looked = 0
    try:
        for folder in datasets(args)[:10]:
            page = find_signposting_html(f"{base}ds/{folder.name}/")
            assert len(page.describedBy) >= 4, f"{folder.name}: {page.describedBy}"
            types = {str(t.type) for t in page.describedBy}
            assert "application/ld+json" in types, types
            assert {"https://schema.org/AboutPage", "https://schema.org/Dataset"} == {str(t.target) for t in page.types}
            (linkset,) = page.linksets
            assert linkset.type == "application/linkset+json"
            level2 = find_signposting_linkset(linkset.target)
            assert level2.signposts, f"{folder.name}: empty link set"
            record = json.loads((folder / "record.json").read_text())
            if (record.get("doi") or {}).get("state") == "registered":
                assert page.citeAs.target == f"https://doi.org/{record['doi']['id']}", page.citeAs
            raw = json.loads((folder / "linkset.json").read_text())["linkset"][0]
            canonical = re.search(r'<link rel="canonical" href="([^"]+)"', (folder / "index.html").read_text())
            assert not canonical or raw["anchor"] == canonical[1], "the anchor is not the page"
            looked += 1
    finally:
        server.shutdown()
    return f"{looked} pages, levels 1 and 2"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves without a log, with the media type of link sets."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map,
                      ".json": "application/linkset+json", ".jsonld": "application/ld+json"}

    def log_message(self, *_):
        pass


def bibtex(args):
    bibtexparser = require("bibtexparser")
    looked = 0
    for folder in datasets(args):
        library = bibtexparser.parse_string((folder / "citation.bib").read_text())
        assert not library.failed_blocks, f"{folder.name}: {library.failed_blocks}"
        (entry,) = library.entries
        assert entry.entry_type == "dataset" and re.fullmatch(r"[\w-]+", entry.key), entry.key
        assert entry["title"] and entry["url"], folder.name
        item = json.loads((folder / "citation.csl.json").read_text())[0]
        authors = [a for a in entry["author"].split(" and ")] if "author" in entry.fields_dict else []
        assert len([a for a in authors if a != "others"]) == len(item.get("author", [])), folder.name
        looked += 1
    return f"{looked} entries"


def ris(args):
    rispy = require("rispy")
    looked = 0
    for folder in datasets(args):
        (entry,) = rispy.loads((folder / "citation.ris").read_bytes().decode())
        item = json.loads((folder / "citation.csl.json").read_text())[0]
        assert entry["type_of_reference"] == "DATA", entry
        title = entry.get("title") or entry.get("primary_title")
        assert title == item["title"], (title, item["title"])
        assert len(entry.get("authors", [])) == len(item.get("author", [])), folder.name
        looked += 1
    return f"{looked} entries"


def csl(args):
    require("citeproc")
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    looked = 0
    for folder in datasets(args)[:20]:
        items = json.loads((folder / "citation.csl.json").read_text())
        # citeproc-py knows neither type (both came with CSL 1.0.2).
        for item in items:
            item["type"] = "webpage"
        source = CiteProcJSON(items)
        bibliography = CitationStylesBibliography(style, source, formatter.plain)
        bibliography.register(Citation([CitationItem(items[0]["id"])]))
        text = str(bibliography.bibliography()[0])
        first = (items[0].get("author") or [{}])[0]
        name = first.get("family") or first.get("literal") or ""
        assert name in text, f"{folder.name}: {text}"
        looked += 1
    return f"{looked} items formatted"


def atom(args):
    return xmllint(HERE / "schemas" / "atom.xsd", [args.dist / "feed.xml"])


def sitemap(args):
    files = sorted(args.dist.glob("sitemap*.xml"))
    if not files:
        raise Skip("the site has no address (`url` in site.yaml), so no sitemap")
    count = xmllint(HERE / "schemas" / "sitemap.xsd", files)
    from xml.etree import ElementTree
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    missing = []
    base = None
    for url in ElementTree.parse(files[0]).iter(f"{space}loc"):
        if base is None:
            base = url.text
        path = url.text[len(base):] if url.text.startswith(base) else None
        if path is not None and not (args.dist / path / "index.html").exists():
            missing.append(path)
    assert not missing, missing[:5]
    return count


def links(args):
    """Every relative link of every page leads to a file of the site, every fragment to an id."""
    require("lxml")
    from lxml import html as lxml_html
    pages = sorted(args.dist.rglob("*.html"))
    if len(pages) > 1500:
        pages = pages[:: len(pages) // 1500]
    ids, wrong, followed = {}, [], 0

    def ids_of(path):
        if path not in ids:
            tree = lxml_html.parse(str(path), parser=lxml_html.HTMLParser(encoding="utf-8"))
            ids[path] = set(tree.xpath("//@id"))
        return ids[path]

    for page in pages:
        if page.name == "404.html":
            continue
        tree = lxml_html.parse(str(page), parser=lxml_html.HTMLParser(encoding="utf-8"))
        targets = tree.xpath("//a/@href|//link[not(@rel='canonical')]/@href|//img/@src|//script/@src|//form/@action")
        for target in targets:
            parts = urllib.parse.urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            followed += 1
            if target.startswith("/"):
                wrong.append(f"{page.relative_to(args.dist)}: {target} is absolute")
                continue
            path = (page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page
            if path.is_dir():
                path = path / "index.html"
            if args.dist not in path.parents or not path.exists():
                wrong.append(f"{page.relative_to(args.dist)}: {target}")
            elif parts.fragment and path.suffix == ".html" and not parts.fragment.startswith("explore"):
                if urllib.parse.unquote(parts.fragment) not in ids_of(path):
                    wrong.append(f"{page.relative_to(args.dist)}: {target} has no such id")
    assert not wrong, f"{len(wrong)} of {followed}: {wrong[:8]}"
    return f"{followed} links of {len(pages)} pages"


def vnu(args):
    jar = args.vnu or next(iter(HERE.glob("node_modules/vnu-jar/build/dist/vnu.jar")), None)
    if jar is None or not pathlib.Path(jar).exists():
        raise Skip("vnu.jar is missing (npm install in tests/judges)")
    pages = [d / "index.html" for d in datasets(args)]
    others = [p for p in sorted(args.dist.rglob("*.html")) if p.relative_to(args.dist).parts[0] != "ds"]
    pages += others[:: max(1, len(others) // args.sample)]
    errors, command = [], ["java", "-jar", str(jar), "--format", "json", "--stdout", "--errors-only"]
    for start in range(0, len(pages), 200):
        try:
            run = subprocess.run([*command, *map(str, pages[start:start + 200])], capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise Skip("java is not installed") from error
        for message in json.loads(run.stdout)["messages"]:
            errors.append(f"{message.get('url', '')[-60:]}:{message.get('lastLine')}: {message['message']}")
    assert not errors, "\n".join(errors[:10])
    return f"{len(pages)} pages"


def size(args):
    """Landing pages within 60 kB, folders of datasets within 100 kB (without meta.car, map and pictures)."""
    worst_page, worst_folder, over = 0, 0, []
    for folder in datasets(args):
        html = (folder / "index.html").read_bytes()
        # The map is a picture that stands in the page.
        pictures = sum(map(len, re.findall(rb'<div class="map">.*?</svg>', html, re.S)))
        page = len(html) - pictures
        files = [f for f in folder.iterdir() if f.name != "meta.car" and not f.name.startswith("quicklook")]
        whole = sum(f.stat().st_size for f in files) - pictures
        worst_page, worst_folder = max(page, worst_page), max(whole, worst_folder)
        if page > 60_000 or whole > 100_000:
            over.append(f"{folder.name}: page {page}, folder {whole}")
    assert not over, f"{len(over)} over budget: {over[:5]}"
    return f"largest page {worst_page} bytes, largest folder {worst_folder} bytes"


JUDGES = {
    "DataCite 4.7 XSD (xmllint)": datacite_xsd,
    "DataCite JSON (Python datacite)": datacite_json,
    "JSON-LD, OpenGraph, Dublin Core (extruct)": json_ld,
    "FAIR Signposting (signposting)": signposting,
    "BibTeX (bibtexparser)": bibtex,
    "RIS (rispy)": ris,
    "CSL-JSON (citeproc-py)": csl,
    "Atom feed (XSD from RFC 4287)": atom,
    "sitemap (XSD from sitemaps.org)": sitemap,
    "HTML (vnu)": vnu,
    "links within the site": links,
    "sizes": size,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dist", type=pathlib.Path)
    parser.add_argument("--sample", type=int, default=100, help="at most about so many datasets for the slow judges")
    parser.add_argument("--schemas", type=pathlib.Path, default=HERE.parents[2] / "shared" / "schemas")
    parser.add_argument("--vnu", type=pathlib.Path)
    parser.add_argument("--only", help="judges whose name holds this")
    args = parser.parse_args()
    args.dist = args.dist.resolve()
    failed = 0
    for name, judge in JUDGES.items():
        if args.only and args.only.lower() not in name.lower():
            continue
        start = time.monotonic()
        try:
            word, what = "ok", judge(args)
        except Skip as why:
            word, what = "skipped", str(why)
        except Exception as error:  # one judge that stumbles must not silence the others
            word, what = "FAILED", f"{type(error).__name__}: {error}"
            failed += 1
        print(f"{word:8} {name}: {what} ({time.monotonic() - start:.1f} s)", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
