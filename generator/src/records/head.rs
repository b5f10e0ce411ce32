//! What a landing page's head tells machines: `citation_*` (Google Scholar, Zotero), Dublin Core, FAIR
//! Signposting level 1 as `link` elements and level 2 as `linkset.json`, and the JSON-LD.
//!
//! Signposting: <https://signposting.org/FAIR/>; link sets: RFC 9264.

use std::fmt::Write as _;

use pinfold_core::model::Dataset;
use serde_json::{Map, Value, json};

use super::{Work, facts, schema_org, work};
use crate::catalogue::{Catalogue, Entry};
use crate::render::text;

/// Metadata files beside the page with their media types.
const DESCRIBED_BY: [(&str, &str); 6] = [
    ("schema.jsonld", "application/ld+json"),
    ("datacite.xml", "application/vnd.datacite.datacite+xml"),
    ("datacite.json", "application/json"),
    ("record.json", "application/json"),
    ("citation.bib", "application/x-bibtex"),
    ("citation.csl.json", "application/vnd.citationstyles.csl+json"),
];

/// JSON-LD above this many bytes is cut in the page and whole in `schema.jsonld` only.
const LONG_JSON_BYTES: usize = 8_000;

/// Creators that the head names; Scholar takes no more seriously.
const MAX_AUTHORS: usize = 30;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One typed link.
struct Link {
    rel: &'static str,
    href: String,
    kind: Option<&'static str>,
}

/// All typed links of the page; `files` leads to the dataset's folder.
fn links(catalogue: &Catalogue, dataset: &Dataset, work: &Work, files: &str) -> Vec<Link> {
    let link = |rel, href: String, kind| Link { rel, href, kind };
    let mut out = Vec::new();
    let cite_as = work
        .doi
        .as_ref()
        .map(|d| format!("https://doi.org/{d}"))
        .or_else(|| facts::page_url(catalogue, &dataset.cid));
    out.extend(cite_as.map(|href| link("cite-as", href, None)));
    out.push(link("type", "https://schema.org/AboutPage".to_owned(), None));
    out.push(link("type", "https://schema.org/Dataset".to_owned(), None));
    out.extend(
        facts::creators(dataset)
            .into_iter()
            .filter_map(|c| c.orcid)
            .take(MAX_AUTHORS)
            .map(|id| link("author", id, None)),
    );
    out.extend(
        facts::licence(dataset)
            .and_then(|(url, spdx, _)| url.or_else(|| spdx.map(|s| format!("https://spdx.org/licenses/{s}"))))
            .map(|url| link("license", url, None)),
    );
    out.extend(
        facts::content_url(catalogue, dataset).map(|url| link("item", url, Some(facts::media_type(dataset)))),
    );
    out.extend(
        DESCRIBED_BY.iter().map(|(name, kind)| link("describedby", format!("{files}{name}"), Some(kind))),
    );
    out
}

/// Elements for the head.
pub(crate) fn elements(catalogue: &Catalogue, entry: &Entry, base: &str) -> String {
    let dataset = &entry.dataset;
    let work = work(catalogue, dataset);
    let mut out = String::new();
    let mut meta = |name: &str, content: &str| {
        if !content.is_empty() {
            let _ = writeln!(out, "<meta name=\"{name}\" content=\"{}\">", escape(content));
        }
    };
    let creators = facts::creators(dataset);
    let description = facts::description(dataset);
    let year = work.year.map(|y| y.to_string()).unwrap_or_default();
    meta("citation_title", &work.title);
    for creator in creators.iter().take(MAX_AUTHORS) {
        meta("citation_author", &creator.inverted());
        if let Some((name, _)) = creator.affiliations.first() {
            meta("citation_author_institution", name);
        }
        meta("citation_author_orcid", creator.orcid.as_deref().unwrap_or_default());
    }
    meta("citation_publication_date", &year);
    meta("citation_publisher", &work.publisher);
    meta("citation_doi", work.doi.as_deref().unwrap_or_default());
    meta("citation_abstract_html_url", &facts::page_url(catalogue, &dataset.cid).unwrap_or_default());
    let keywords = facts::keywords(dataset);
    meta("citation_keywords", &text::limit(&keywords.join("; "), 1000));
    meta("DC.title", &work.title);
    for creator in creators.iter().take(MAX_AUTHORS) {
        meta("DC.creator", &creator.inverted());
    }
    meta("DC.publisher", &work.publisher);
    meta("DC.date", &year);
    meta("DC.type", "Dataset");
    meta("DC.format", &text::line(&dataset.format, 60));
    meta("DC.identifier", &work.doi.as_ref().map(|d| format!("https://doi.org/{d}")).unwrap_or_default());
    meta("DC.identifier", &format!("ipfs://{}", dataset.cid));
    meta("DC.description", &text::limit(&description, 500));
    meta("DC.coverage", &facts::coverage(dataset).unwrap_or_default());
    meta("DC.accessRights", facts::access_right(dataset));
    meta(
        "DC.rights",
        &facts::licence(dataset)
            .and_then(|(url, spdx, words)| url.or(spdx).or(Some(words)))
            .unwrap_or_default(),
    );
    for link in links(catalogue, dataset, &work, base) {
        let kind = link.kind.map(|k| format!(" type=\"{k}\"")).unwrap_or_default();
        let _ = writeln!(out, "<link rel=\"{}\" href=\"{}\"{kind}>", link.rel, escape(&link.href));
    }
    let _ =
        writeln!(out, "<link rel=\"linkset\" href=\"{base}linkset.json\" type=\"application/linkset+json\">");
    let mut json = schema_org::for_script(&schema_org::dataset(catalogue, dataset, schema_org::FULL));
    if json.len() > LONG_JSON_BYTES {
        json = schema_org::for_script(&schema_org::dataset(catalogue, dataset, schema_org::SHORT));
    }
    let _ = writeln!(out, "<script type=\"application/ld+json\">{json}</script>");
    out
}

/// `linkset.json`. Its anchor is the page's address; without one all addresses are relative to this file.
pub(crate) fn linkset(catalogue: &Catalogue, dataset: &Dataset) -> Value {
    let page = facts::page_url(catalogue, &dataset.cid).unwrap_or_else(|| "./".to_owned());
    let files = if page == "./" { "" } else { page.as_str() };
    let work = work(catalogue, dataset);
    let mut own = Map::from_iter([("anchor".to_owned(), json!(page))]);
    for link in links(catalogue, dataset, &work, files) {
        let target = match link.kind {
            Some(kind) => json!({ "href": link.href, "type": kind }),
            None => json!({ "href": link.href }),
        };
        match own.entry(link.rel).or_insert_with(|| json!([])) {
            Value::Array(list) => list.push(target),
            _ => unreachable!("only lists are inserted under relations"),
        }
    }
    let mut sets = vec![Value::Object(own)];
    for (name, _) in DESCRIBED_BY {
        sets.push(json!({ "anchor": format!("{files}{name}"), "describes": [{ "href": page, "type": "text/html" }] }));
    }
    json!({ "linkset": sets })
}
