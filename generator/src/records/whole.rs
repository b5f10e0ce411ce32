//! Records of the whole site: sitemap, robots, feed, pins, the catalogue as JSON-LD, redirects.
//!
//! Sitemap: <https://www.sitemaps.org/protocol.html>; feed: RFC 4287; `pins.json`: Pin objects of the
//! [Pinning Service API](https://ipfs.github.io/pinning-services-api-spec/), each ready to be posted.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{facts, llms, registered_doi, schema_org, site_url};
use crate::catalogue::{Catalogue, Entry, SiteFile};
use crate::render::{is_current, listing_platform, markdown, site_title, text};
use pinfold_core::search::is_listed;

/// A sitemap takes at most so many addresses; more need an index of sitemaps.
const SITEMAP_URLS: usize = 50_000;

/// Entries of the feed.
const FEED_ENTRIES: usize = 100;

/// `_redirects` is read up to 64 KiB by gateways; a line has at most about 170 bytes.
const REDIRECTS: usize = 300;

fn file(path: &str, text: impl Into<Vec<u8>>) -> SiteFile {
    SiteFile { path: path.to_owned(), bytes: text.into() }
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("is plain JSON");
    bytes.push(b'\n');
    bytes
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// All of them.
pub(crate) fn files(catalogue: &Catalogue, addresses: &[String]) -> Vec<SiteFile> {
    let mut files = vec![
        file(
            "catalog.jsonld",
            serde_json::to_vec(&schema_org::catalog(catalogue, false)).expect("is plain JSON"),
        ),
        file("pins.json", pretty(&pins(catalogue))),
        file("gridlook.json", pretty(&gridlook(catalogue))),
        file("site.json", pretty(&site_json(catalogue))),
        file("feed.xml", feed(catalogue)),
        file("llms.txt", llms::text(catalogue)),
        file("robots.txt", robots(catalogue)),
        file("_redirects", redirects(catalogue)),
        file("schema/record-1.json", include_str!("../../assets/schema/record-1.json")),
    ];
    files.extend(sitemaps(catalogue, addresses));
    files
}

fn robots(catalogue: &Catalogue) -> String {
    let sitemap =
        site_url(&catalogue.site).map(|url| format!("\nSitemap: {url}sitemap.xml\n")).unwrap_or_default();
    format!("User-agent: *\nDisallow:\n{sitemap}")
}

/// When a dataset came into the catalogue: the first pin that held it.
fn added(entry: &Entry) -> Option<String> {
    let days = entry.dataset.pins.iter().filter_map(|p| facts::day(p.created.as_deref()));
    let own = entry.dataset.versions.iter().filter(|v| v.cid == entry.dataset.cid);
    days.chain(own.filter_map(|v| facts::day(v.date.as_deref()))).min()
}

fn sitemaps(catalogue: &Catalogue, addresses: &[String]) -> Vec<SiteFile> {
    let Some(url) = site_url(&catalogue.site) else { return Vec::new() };
    let added = |address: &str| -> Option<String> {
        let cid = address.strip_prefix("ds/")?.trim_end_matches('/');
        let at = catalogue.entries.binary_search_by(|e| e.dataset.cid.as_str().cmp(cid)).ok()?;
        catalogue.entries.get(at).and_then(added)
    };
    let mut unique: Vec<&String> = addresses.iter().collect();
    unique.sort_unstable();
    unique.dedup();
    let one = |addresses: &[&String]| {
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
        );
        for address in addresses {
            let day = added(address).map(|d| format!("<lastmod>{d}</lastmod>")).unwrap_or_default();
            let _ = writeln!(out, "<url><loc>{}{}</loc>{day}</url>", escape(&url), escape(address));
        }
        out.push_str("</urlset>\n");
        out
    };
    if unique.len() <= SITEMAP_URLS {
        return vec![file("sitemap.xml", one(&unique))];
    }
    let mut files = Vec::new();
    let mut index = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for (number, part) in unique.chunks(SITEMAP_URLS).enumerate() {
        let name = format!("sitemap-{}.xml", number + 1);
        let _ = writeln!(index, "<sitemap><loc>{}{name}</loc></sitemap>", escape(&url));
        files.push(file(&name, one(part)));
    }
    index.push_str("</sitemapindex>\n");
    files.push(file("sitemap.xml", index));
    files
}

/// New and changed datasets, the newest first.
fn feed(catalogue: &Catalogue) -> String {
    let url = site_url(&catalogue.site);
    // Seconds are enough for a feed, and the same build time gives the same text.
    let built = catalogue.build_time.round(jiff::Unit::Second).unwrap_or(catalogue.build_time).to_string();
    let mut entries: Vec<(Option<String>, &Entry)> =
        catalogue.entries.iter().filter(|e| is_current(&e.dataset)).map(|e| (added(e), e)).collect();
    entries.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.dataset.cid.cmp(&y.dataset.cid)));
    let id = url.clone().unwrap_or_else(|| "urn:pinfold:catalogue".to_owned());
    let base = url.as_ref().map(|u| format!(" xml:base=\"{}\"", escape(u))).unwrap_or_default();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"{base}>\n<title>{}</title>\n<id>{}</id>\n<updated>{built}</updated>\n",
        escape(&site_title(catalogue)),
        escape(&id),
    );
    if let Some(url) = &url {
        let _ = writeln!(
            out,
            "<link rel=\"self\" type=\"application/atom+xml\" href=\"{}feed.xml\"/>",
            escape(url)
        );
        let _ = writeln!(out, "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>", escape(url));
    }
    let publisher = text::line(&catalogue.site.publisher.name, 200);
    let _ = writeln!(
        out,
        "<author><name>{}</name></author>",
        escape(if publisher.is_empty() { "unknown" } else { &publisher })
    );
    for (day, entry) in entries.into_iter().take(FEED_ENTRIES) {
        let dataset = &entry.dataset;
        let updated = day.map_or_else(|| built.clone(), |d| format!("{d}T00:00:00Z"));
        let title = text::line(&dataset.display_title(), text::TITLE_CHARS);
        let page = url
            .as_ref()
            .map_or_else(|| format!("ds/{}/", dataset.cid), |u| format!("{u}ds/{}/", dataset.cid));
        let id = if dataset.uuid.is_empty() {
            format!("ipfs://{}", dataset.cid)
        } else {
            format!("urn:uuid:{}", text::line(&dataset.uuid, 60))
        };
        let _ = writeln!(
            out,
            "<entry>\n<title>{}</title>\n<id>{}</id>\n<updated>{updated}</updated>",
            escape(&title),
            escape(&id)
        );
        let _ = writeln!(out, "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>", escape(&page));
        for creator in facts::creators(dataset).iter().take(10) {
            let _ = writeln!(out, "<author><name>{}</name></author>", escape(&creator.straight()));
        }
        let _ = writeln!(
            out,
            "<summary>{}</summary>\n</entry>",
            escape(&text::limit(&facts::description(dataset), 600))
        );
    }
    out.push_str("</feed>\n");
    out
}

/// Pins with `meta` as the API wants it: names to texts. Withdrawn ones are not offered.
fn pins(catalogue: &Catalogue) -> Value {
    let mut seen = BTreeSet::new();
    let words = |value: &Value| match value {
        Value::String(s) => s.clone(),
        Value::Array(list) => list
            .iter()
            .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(","),
        other => other.to_string(),
    };
    let mut out = Vec::new();
    for pin in &catalogue.pins {
        let Some(cid) = pin["cid"].as_str() else { continue };
        if !pin["meta"]["withdrawn"].is_null() || !seen.insert(cid) {
            continue;
        }
        let mut item = Map::from_iter([("cid".to_owned(), json!(cid))]);
        if let Some(name) = pin["name"].as_str() {
            item.insert("name".to_owned(), json!(text::line(name, 250)));
        }
        let origins: Vec<&Value> =
            pin["origins"].as_array().into_iter().flatten().filter(|o| o.is_string()).take(20).collect();
        if !origins.is_empty() {
            item.insert("origins".to_owned(), json!(origins));
        }
        let meta: Map<String, Value> = pin["meta"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), json!(words(v))))
            .collect();
        if !meta.is_empty() {
            item.insert("meta".to_owned(), Value::Object(meta));
        }
        out.push(Value::Object(item));
    }
    Value::Array(out)
}

/// A catalogue for gridlook: Zarr datasets at the first gateway.
fn gridlook(catalogue: &Catalogue) -> Value {
    let zarr = catalogue
        .entries
        .iter()
        .map(|e| &e.dataset)
        .filter(|d| is_listed(d) && facts::media_type(d) == "application/vnd.zarr");
    let datasets: Vec<Value> = zarr
        .filter_map(|d| {
            let url = facts::content_url(catalogue, d)?;
            Some(json!({
                "url": url,
                "title": text::line(&d.display_title(), text::TITLE_CHARS),
                "tag": listing_platform(d),
                "description": text::limit(&facts::description(d), 300),
            }))
        })
        .collect();
    json!({ "type": "gridlook_catalog", "title": site_title(catalogue), "datasets": datasets })
}

/// What the front end needs to know of the site.
fn site_json(catalogue: &Catalogue) -> Value {
    let site = &catalogue.site;
    let gateways: Vec<&str> = site
        .gateways
        .iter()
        .map(|g| g.trim().trim_end_matches('/'))
        .filter(|g| g.starts_with("http") && markdown::is_safe_url(g))
        .collect();
    let peers: Vec<Value> =
        site.peers.iter().map(|p| json!({ "name": p.name, "id": p.id, "addrs": p.addrs })).collect();
    json!({ "title": site_title(catalogue), "gateways": gateways, "peers": peers, "router": site.router })
}

/// Redirects for servers that read them (gateways on subdomains, Netlify): forwards without a page between.
fn redirects(catalogue: &Catalogue) -> String {
    let mut out = String::new();
    for dataset in catalogue.entries.iter().map(|e| &e.dataset).filter(|d| is_listed(d)).take(REDIRECTS) {
        if let Some(doi) = registered_doi(dataset) {
            let _ = writeln!(out, "/doi/{doi} /ds/{}/ 302", dataset.cid);
        }
    }
    out.push_str("/* /404.html 404\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_ready_to_be_posted() {
        let catalogue = Catalogue {
            pins: vec![
                json!({ "cid": "bafya", "name": "A", "meta": { "tags": ["all", "aux"], "prev": "bafyb" } }),
                json!({ "cid": "bafya", "name": "again" }),
                json!({ "cid": "bafyc", "meta": { "withdrawn": "2026-01-01" } }),
                json!({ "name": "no cid" }),
            ],
            ..Catalogue::default()
        };
        assert_eq!(
            pins(&catalogue),
            json!([{ "cid": "bafya", "name": "A", "meta": { "tags": "all,aux", "prev": "bafyb" } }])
        );
    }

    #[test]
    fn without_an_address_there_is_no_sitemap() {
        let names: Vec<String> =
            files(&Catalogue::default(), &["about/".to_owned()]).into_iter().map(|f| f.path).collect();
        assert!(!names.contains(&"sitemap.xml".to_owned()));
        assert_eq!(robots(&Catalogue::default()), "User-agent: *\nDisallow:\n");
    }
}
