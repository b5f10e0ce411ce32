//! What is wrong with the pages of `content/` and the settings: front matter, names, links that lead nowhere,
//! settings that cannot be what they say.

use std::collections::BTreeMap;
use std::path::Path;

use pinfold_core::cid::Cid;
use pinfold_core::extract::ids::ror;
use pinfold_core::finding::{Finding, Place, codes};
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::Content;
use crate::catalogue::ContentPage;
use crate::render::{self, Front};
use crate::site::Site;
use crate::yaml::{self, Node};

/// Findings of one page that are told.
const PER_PAGE: usize = 20;

fn finding(code: &str, message: String, place: Place) -> Finding {
    let known = codes::find(code).expect("every code is in the table");
    Finding::new(known.severity, code, message).hint(known.hint).at(place)
}

fn place(file: &str, line: u32, column: u32) -> Place {
    Place { file: Some(file.to_owned()), line: Some(line), column: Some(column), ..Place::default() }
}

/// Looks at all pages. Those with findings get into `texts`, so that reports can show the lines.
pub(super) fn pages(folder: &Path, content: &mut Content) {
    let made: BTreeMap<&str, String> =
        content.pages.iter().map(|page| (page.path.as_str(), render::page_body(page))).collect();
    let (mut findings, mut texts) = (Vec::new(), BTreeMap::new());
    for page in &content.pages {
        let file = folder.join(format!("{}.md", page.path)).display().to_string();
        let mut here = Vec::new();
        if !render::is_page_path(&page.path) {
            here.push(finding(
                "page-name-malformed",
                format!("`{}` is left out", page.path),
                place(&file, 1, 1),
            ));
        }
        front(&file, page, &mut here);
        links(&file, page, &made, &mut here);
        here.truncate(PER_PAGE);
        if !here.is_empty() {
            texts.insert(file, page.markdown.clone());
            findings.extend(here);
        }
    }
    content.findings.extend(findings);
    content.texts.extend(texts);
}

fn front(file: &str, page: &ContentPage, findings: &mut Vec<Finding>) {
    let text = page.markdown.trim_start_matches('\u{feff}');
    let Some(rest) = text.strip_prefix("---\n") else { return };
    let malformed =
        |line, column, why: String| finding("page-front-malformed", why, place(file, line, column));
    let Some((front, _)) = rest.split_once("\n---") else {
        findings.push(malformed(1, 1, "the second line of `---` is missing".to_owned()));
        return;
    };
    // A line in front, so that lines count as in the file.
    let text = format!("\n{front}");
    match yaml::parse(file, &text) {
        Err(error) => {
            let at = error.finding();
            findings.push(malformed(at.place.line.unwrap_or(1), at.place.column.unwrap_or(1), at.message));
        }
        Ok(root) => {
            if let Err(error) = super::typed::<Option<Front>>(file, &text) {
                let at = error.finding();
                findings.push(malformed(
                    at.place.line.unwrap_or(2),
                    at.place.column.unwrap_or(1),
                    at.message,
                ));
            }
            for (key, _) in root.map().unwrap_or_default() {
                if !Front::KEYS.contains(&key.text.as_str()) {
                    let message = format!("`{}` means nothing in the front matter", key.text);
                    findings.push(finding("page-key-unknown", message, place(file, key.line, key.column)));
                }
            }
        }
    }
}

fn links(file: &str, page: &ContentPage, made: &BTreeMap<&str, String>, findings: &mut Vec<Finding>) {
    let text = page.markdown.as_str();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        if let Some(why) = dead(&page.path, &dest_url, made) {
            let before = &text[..range.start];
            let line = before.matches('\n').count() as u32 + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
            findings.push(finding("link-dead", format!("`{dest_url}`: {why}"), place(file, line, column)));
        }
    }
}

/// Why a link leads nowhere, as far as the site's own pages tell.
fn dead(from: &str, url: &str, made: &BTreeMap<&str, String>) -> Option<String> {
    if url.contains("://") || url.starts_with("mailto:") {
        return None;
    }
    if url.starts_with('/') {
        return Some("the site may lie in a folder; write the link as between the Markdown files".to_owned());
    }
    let (path, fragment) = url.split_once('#').map_or((url, ""), |(path, fragment)| (path, fragment));
    let path = path.split('?').next().unwrap_or_default();
    let mut parts: Vec<&str> = from.split('/').collect();
    if !path.is_empty() {
        parts.pop();
        for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
            if part != ".." {
                parts.push(part);
            } else if parts.pop().is_none() {
                return Some("it leaves the site".to_owned());
            }
        }
    }
    let target = parts.join("/");
    let name = if path.is_empty() { Some(target.as_str()) } else { target.strip_suffix(".md") };
    let page = name.unwrap_or(&target);
    if page == "checks" || page == "index" && name.is_some() {
        let is_code = page == "checks" && (codes::find(fragment).is_some() || fragment == "score");
        let is_there = fragment.is_empty() || is_code || has_id(made.get(page), fragment);
        // The catalogue page is no Markdown: what it holds is not looked at here.
        return (!is_there && page == "checks").then(|| format!("checks has no heading `{fragment}`"));
    }
    if let Some(body) = made.get(page) {
        let is_there = fragment.is_empty() || has_id(Some(body), fragment);
        return (!is_there).then(|| format!("{page} has no heading `{fragment}`"));
    }
    if name.is_some() {
        return Some(format!("there is no page {page}.md in content/"));
    }
    (!render::is_site_path(&target)).then(|| "the site has neither such a page nor such a folder".to_owned())
}

fn has_id(body: Option<&String>, id: &str) -> bool {
    body.is_some_and(|body| body.contains(&format!("id=\"{id}\"")))
}

/// Settings whose form can be told.
pub(super) fn settings(file: &str, root: &Node, site: &Site, findings: &mut Vec<Finding>) {
    let mut wrong = |path: &[&str], why: String| {
        let node = path.iter().try_fold(root, |node, key| node.get(key));
        let (line, column) = node.map_or((1, 1), |node| (node.line, node.column));
        findings.push(finding(
            "setting-malformed",
            format!("`{}`: {why}", path.join(".")),
            place(file, line, column),
        ));
    };
    let is_web = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    for gateway in site.gateways.iter().filter(|gateway| !is_web(gateway)) {
        wrong(&["gateways"], format!("`{gateway}` is no address; write https://…"));
    }
    if let Some(router) = site.router.as_deref().filter(|router| !is_web(router)) {
        wrong(&["router"], format!("`{router}` is no address; write https://…/routing/v1"));
    }
    if let Some(prefix) = site.doi.prefix.as_deref() {
        let digits = prefix.strip_prefix("10.").unwrap_or_default();
        if digits.len() < 4 || !digits.split('.').all(|part| part.bytes().all(|b| b.is_ascii_digit())) {
            wrong(&["doi", "prefix"], format!("`{prefix}` is no prefix of DOIs; it looks like 10.5072"));
        }
    }
    if let Some(endpoint) = site.doi.endpoint.as_deref()
        && let Err(error) = crate::doi::registry::endpoint(endpoint)
    {
        wrong(&["doi", "endpoint"], error.to_string());
    }
    if let Some(given) = site.publisher.ror.as_deref().filter(|given| ror(given).is_none()) {
        wrong(&["publisher", "ror"], format!("`{given}` is no ROR, or its checksum is wrong"));
    }
    for peer in &site.peers {
        if !(peer.id.starts_with("12D3") || peer.id.starts_with("Qm") || peer.id.parse::<Cid>().is_ok()) {
            wrong(&["peers"], format!("`{}` of {} is no peer ID", peer.id, peer.name));
        }
        if let Some(address) = peer.addrs.iter().find(|address| !address.starts_with('/')) {
            wrong(&["peers"], format!("`{address}` of {} is no multiaddress; it begins with /", peer.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn pages_and_settings() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::create_dir(folder.path().join("manual")).unwrap();
        write(
            "site.yaml",
            "gateways: [ipfs.example]\ndoi: {prefix: '5072', endpoint: prod}\npublisher: {name: A, ror: https://ror.org/012345678}\n\
             router: x\npeers: [{name: p, id: me, addrs: [1.2.3.4]}]\n",
        );
        write(
            "about.md",
            "---\ntitle: About\nnavv: 1\n---\n# A\n\n## Who we are\n\n[fine](manual/cite.md#bibtex) [up](#who-we-are) [c](checks.md#link-dead) [p](platform/) \\\n\
             [home](index.md) [d](ds/bafy/record.json) [x](https://x.example/a.md)\n\n- [no](cite.md)\n- [no](#nobody) [no](/ds/) [no](../out.md) [no](nowhere/)\n",
        );
        write(
            "manual/cite.md",
            "---\ntitle: Cite\nnav: first\n---\n\n## BibTeX\n\n[back](../about.md#who-we-are) [no](../about.md#who)\n",
        );
        write("broken.md", "---\ntitle: [\n---\n\n");
        write("open.md", "---\ntitle: x\n\nText\n");
        write("a page.md", "text\n");
        write("dois.yaml", "bafkqaaa: {doi: 10.5072/abc, published: 2026, state: findable}\n");
        let content = Content::load(folder.path()).unwrap();
        let base = folder.path().display().to_string();
        let shown: Vec<String> = content
            .findings
            .iter()
            .map(|f| {
                let at = &f.place;
                let file = at.file.as_deref().unwrap().trim_start_matches(&base);
                format!("{file}:{}:{} {} {}", at.line.unwrap(), at.column.unwrap(), f.code, f.message)
            })
            .collect();
        expect![[r#"
            /site.yaml:1:11 setting-malformed `gateways`: `ipfs.example` is no address; write https://…
            /site.yaml:4:9 setting-malformed `router`: `x` is no address; write https://…/routing/v1
            /site.yaml:2:15 setting-malformed `doi.prefix`: `5072` is no prefix of DOIs; it looks like 10.5072
            /site.yaml:2:33 setting-malformed `doi.endpoint`: `prod` is not a registry: relative URL without a base; write `test`, `production` or https://…
            /site.yaml:3:27 setting-malformed `publisher.ror`: `https://ror.org/012345678` is no ROR, or its checksum is wrong
            /site.yaml:5:8 setting-malformed `peers`: `me` of p is no peer ID
            /site.yaml:5:8 setting-malformed `peers`: `1.2.3.4` of p is no multiaddress; it begins with /
            /dois.yaml:1:47 doi-key-unknown `state` means nothing in dois.yaml
            /a page.md:1:1 page-name-malformed `a page` is left out
            /about.md:3:1 page-key-unknown `navv` means nothing in the front matter
            /about.md:12:3 link-dead `cite.md`: there is no page cite.md in content/
            /about.md:13:3 link-dead `#nobody`: about has no heading `nobody`
            /about.md:13:17 link-dead `/ds/`: the site may lie in a folder; write the link as between the Markdown files
            /about.md:13:28 link-dead `../out.md`: it leaves the site
            /about.md:13:44 link-dead `nowhere/`: the site has neither such a page nor such a folder
            /broken.md:2:8 page-front-malformed unclosed bracket '['
            /manual/cite.md:3:6 page-front-malformed invalid u32
            /manual/cite.md:8:32 link-dead `../about.md#who`: about has no heading `who`
            /open.md:1:1 page-front-malformed the second line of `---` is missing"#]].assert_eq(&shown.join("\n"));
        assert!(content.texts.keys().any(|file| file.ends_with("about.md")));
    }

    /// Our own pages, which every catalogue starts from.
    #[test]
    fn our_own_content_is_fine() {
        for folder in ["../content", "../examples/campaign-template/content"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            let content = Content::load(&folder).unwrap();
            assert_eq!(content.findings, [], "{}", folder.display());
            assert!(!content.pages.is_empty());
        }
    }
}
