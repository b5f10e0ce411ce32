//! Codes of the pinlist, the tree, the configuration and the sources.

use super::{Code, code};
use crate::finding::Severity;

/// Sorted.
pub(super) const CODES: &[Code] = &[
    code(
        "carried-over",
        Severity::Warning,
        "A dataset cannot be read now; its page is the one of the earlier build.",
        "See that a node provides it again.",
    ),
    code(
        "cid-changed",
        Severity::Error,
        "A change gives another CID to a pin without saying that the old one is replaced: who cites the old one finds nothing.",
        "Leave the old pin as it is and add the new one with `meta.prev`; `pinfold add` does.",
    )
    .example("pinfold add my.zarr --replaces bafy…"),
    code(
        "cid-duplicate",
        Severity::Error,
        "Two pins have the same CID, perhaps once as CIDv0 and once as CIDv1.",
        "Remove one of the two.",
    ),
    code(
        "cid-malformed",
        Severity::Error,
        "A CID cannot be read.",
        "Copy it again: `Qm…` or `bafy…`.",
    ),
    code(
        "cid-missing",
        Severity::Error,
        "A pin has no `cid`.",
        "Write `cid:`; `pinfold cid PATH` prints the one of a directory.",
    )
    .example("- cid: bafybeig…"),
    code(
        "dataset-unreachable",
        Severity::Error,
        "A dataset's blocks cannot be had from any source.",
        "Start a node that has them, or bring them as a CAR.",
    )
    .example("ipfs dag export bafy… > data.car"),
    code(
        "dataset-unreadable",
        Severity::Error,
        "A dataset is there but cannot be read.",
        "Mend it and publish it again.",
    ),
    code(
        "date-malformed",
        Severity::Error,
        "A date of the pinlist is none.",
        "Write it as 2026-11-20.",
    )
    .example("created: 2026-11-20"),
    code(
        "doi-cid-malformed",
        Severity::Error,
        "A key of dois.yaml is no CID.",
        "Correct it.",
    ),
    code(
        "doi-duplicate",
        Severity::Error,
        "A DOI or a CID is in dois.yaml twice.",
        "Remove one of the two.",
    ),
    code(
        "doi-key-unknown",
        Severity::Warning,
        "An entry of dois.yaml has a key that means nothing here. Which state a DOI has is known to the registry only.",
        "Keep `doi` and `published`, or ORCESTRA's `prefix` and `publicationYear`.",
    )
    .example("bafy…: {doi: 10.5072/abc, published: 2026}"),
    code(
        "doi-malformed",
        Severity::Error,
        "A DOI of dois.yaml is none.",
        "Write it as 10.5072/suffix.",
    ),
    code(
        "doi-without-pin",
        Severity::Error,
        "A CID has a DOI, but no pin of the list is it or replaces it any more after this change: a citation would lead to data that nobody keeps.",
        "Put the pin back; to take data back, set `meta.withdrawn` and `meta.reason`.",
    )
    .example("meta: {withdrawn: 2026-11-20, reason: wrong calibration}"),
    code(
        "doi-year-malformed",
        Severity::Error,
        "A year of publication is none.",
        "Write four digits.",
    ),
    code(
        "folder-unreachable",
        Severity::Error,
        "A folder of a tree cannot be had from any source.",
        "Start a node that has it, or bring it as a CAR.",
    ),
    code(
        "folder-unreadable",
        Severity::Error,
        "A folder of a tree is no directory of UnixFS.",
        "Publish it as `ipfs add -r` or `pinfold add` make it.",
    ),
    code(
        "glob-malformed",
        Severity::Error,
        "A pattern of site.yaml cannot be read.",
        "Correct it.",
    ),
    code(
        "key-unknown",
        Severity::Note,
        "A key of the pinlist has no meaning here; it is kept.",
        "Perhaps it belongs below `meta:`.",
    ),
    code(
        "link-dead",
        Severity::Warning,
        "A page of content/ links to a page, a heading or a folder of the site that is not there.",
        "Correct the link; between pages it is written as between the Markdown files.",
    )
    .example("[Citing](cite.md#bibtex)"),
    code(
        "name-duplicate",
        Severity::Warning,
        "Two current pins have the same name: `pinfold add` cannot tell which one a new version replaces.",
        "Rename one, or say with `meta.prev` that the newer replaces the older.",
    ),
    code(
        "name-malformed",
        Severity::Warning,
        "The name of a pin is very long, or holds control characters.",
        "Give it a short name of one line.",
    ),
    code(
        "name-missing",
        Severity::Note,
        "A pin has no name.",
        "Set `name`, by which people speak of it.",
    )
    .example("name: Dropsondes level 2"),
    code(
        "page-dropped",
        Severity::Warning,
        "A page of content/ was left out.",
        "See the message.",
    ),
    code(
        "page-front-malformed",
        Severity::Warning,
        "The front matter of a page cannot be read, so that its title and its place in the menus are lost.",
        "Write YAML between two lines of `---`; `nav` and `foot` are numbers.",
    )
    .example("title: About\nnav: 1"),
    code(
        "page-key-unknown",
        Severity::Warning,
        "The front matter of a page has a key that means nothing.",
        "Known are title, short, description, section, nav and foot.",
    ),
    code(
        "page-name-malformed",
        Severity::Warning,
        "A page of content/ is left out: its name cannot be a folder of the site, or is the name of one that is there.",
        "Use letters, digits, `-`, `_` and `.`, and none of the site's own folders (ds, id, doi, search, …).",
    ),
    code(
        "pin-large",
        Severity::Note,
        "A change adds a lot of data: all who pin the catalogue will fetch it.",
        "Tell the operators of the storage nodes before you merge.",
    ),
    code(
        "pin-malformed",
        Severity::Error,
        "A part of a pin is not of the form it should have.",
        "See the message.",
    ),
    code(
        "pin-removed",
        Severity::Error,
        "A pin was taken out of the list. What was published stays reachable by its CID only as long as somebody pins it.",
        "Put it back; to take data back, set `meta.withdrawn` and `meta.reason`.",
    )
    .example("meta: {withdrawn: 2026-11-20, reason: superseded}"),
    code(
        "pin-unreachable",
        Severity::Error,
        "The root of a pin cannot be had from any source.",
        "Start a node that has it, or bring it as a CAR.",
    )
    .example("ipfs dag export bafy… > data.car && pinfold check --source data.car"),
    code(
        "pin-without-dataset",
        Severity::Warning,
        "A pin holds no dataset.",
        "Give it the tag `aux`, or exclude it in site.yaml.",
    )
    .example("meta: {tags: [aux]}"),
    code(
        "prev-cycle",
        Severity::Error,
        "Pins replace one another in a circle.",
        "Remove `prev` from the oldest of them.",
    ),
    code(
        "prev-fork",
        Severity::Warning,
        "Two pins replace the same one.",
        "Let the newest name the one before it.",
    ),
    code(
        "prev-malformed",
        Severity::Error,
        "`meta.prev` is no CID.",
        "Copy it again.",
    ),
    code(
        "prev-missing",
        Severity::Warning,
        "The pin that is replaced is not in the list.",
        "Add it again: a pinlist is append-only.",
    ),
    code(
        "reason-alone",
        Severity::Warning,
        "`meta.reason` stands without `meta.withdrawn`.",
        "Add the date of the withdrawal.",
    ),
    code(
        "setting-malformed",
        Severity::Error,
        "A setting of site.yaml cannot be what it says.",
        "See the message.",
    ),
    code(
        "setting-unknown",
        Severity::Warning,
        "A setting of site.yaml is unknown.",
        "Correct its name.",
    ),
    code(
        "site-large",
        Severity::Warning,
        "The site grows large.",
        "See the message.",
    ),
    code(
        "site-url-malformed",
        Severity::Error,
        "The address of the site cannot be used.",
        "Write it as https://example.org/catalogue/.",
    ),
    code(
        "site-url-missing",
        Severity::Error,
        "The address of the site is not set, which DOIs, sitemap and feed need; only `--strict` asks for it.",
        "Add it to site.yaml.",
    )
    .example("url: https://data.example.org/"),
    code(
        "source-corrupt",
        Severity::Warning,
        "A source delivered bytes that are not those of the CID; they were thrown away.",
        "Check the disk or the operator of that source.",
    ),
    code(
        "tag-malformed",
        Severity::Note,
        "A tag holds spaces, commas or characters that make it hard to use in site.yaml and in links.",
        "Use letters, digits, `-`, `_` and `.`.",
    )
    .example("meta: {tags: [ship, level-2]}"),
    code(
        "tree-cid-malformed",
        Severity::Error,
        "An entry of the tree has a CID that cannot be read.",
        "Copy it again.",
    ),
    code(
        "tree-malformed",
        Severity::Error,
        "An entry of the tree is neither a CID nor a folder of entries.",
        "Write `name: <CID>`, or entries one level deeper.",
    ),
    code(
        "tree-name-malformed",
        Severity::Error,
        "A name of the tree cannot be a name in a directory: it is empty, `.` or `..`, or holds `/` or control characters.",
        "Write folders one level deeper instead of `a/b`.",
    )
    .example("HALO:
  level2.zarr: bafy…"),
    code(
        "yaml-broken",
        Severity::Error,
        "A file is no YAML.",
        "See the line.",
    ),
    code(
        "year-assumed",
        Severity::Warning,
        "The year of publication is not known.",
        "Set `date_issued`, or `meta.created` of the pin.",
    )
    .example("pinfold dates --from-git"),
];
