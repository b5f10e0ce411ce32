//! Style sheet, fonts, logo and the small script of every page, each named by the hash of its bytes.

use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use crate::catalogue::SiteFile;

/// Paths below the site's root.
#[derive(Debug)]
pub(crate) struct Assets {
    pub(crate) css: String,
    pub(crate) script: String,
    /// What a catalogue page does before its list is read.
    pub(crate) early: String,
    pub(crate) sans: String,
    pub(crate) icon: String,
    pub(crate) card: String,
    pub(crate) logo: String,
    files: Vec<SiteFile>,
}

const SANS: &[u8] = include_bytes!("../../assets/fonts/source-sans-3-latin-wght-normal.woff2");
const SERIF: &[u8] = include_bytes!("../../assets/fonts/source-serif-4-latin-600-normal.woff2");
const LICENCE: &[u8] = include_bytes!("../../assets/fonts/OFL.txt");
const ICON: &[u8] = include_bytes!("../../assets/icon.svg");
const LOGO: &[u8] = include_bytes!("../../assets/logo.svg");
const CARD: &[u8] = include_bytes!("../../assets/card.png");
const SCRIPT: &[u8] = include_bytes!("../../assets/page.js");
const EARLY: &[u8] = include_bytes!("../../assets/early.js");

/// The style sheet: tokens, then components.
pub(crate) const CSS: &str =
    concat!(include_str!("../../assets/tokens.css"), include_str!("../../assets/page.css"));

/// `assets/NAME-HASH.ENDING`, ten hexadecimal digits of SHA-256.
fn hashed(name: &str, ending: &str, bytes: &[u8]) -> SiteFile {
    let hash = Sha256::digest(bytes);
    let digits: String = hash.iter().take(5).map(|b| format!("{b:02x}")).collect();
    SiteFile { path: format!("assets/{name}-{digits}.{ending}"), bytes: bytes.to_vec() }
}

/// CSS without comments and line ends; strings and `url()` of ours hold neither.
fn squeeze(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out.lines().map(str::trim).collect()
}

fn make() -> Assets {
    let sans = hashed("sans", "woff2", SANS);
    let serif = hashed("serif", "woff2", SERIF);
    let beside = |file: &SiteFile| file.path.trim_start_matches("assets/").to_owned();
    let css = squeeze(CSS)
        .replace("fonts/source-sans-3-latin-wght-normal.woff2", &beside(&sans))
        .replace("fonts/source-serif-4-latin-600-normal.woff2", &beside(&serif));
    let css = hashed("page", "css", css.as_bytes());
    let script = hashed("page", "js", SCRIPT);
    let early = hashed("early", "js", EARLY);
    let icon = hashed("icon", "svg", ICON);
    let card = hashed("card", "png", CARD);
    let logo = hashed("logo", "svg", LOGO);
    let licence = SiteFile { path: "assets/fonts-OFL.txt".to_owned(), bytes: LICENCE.to_vec() };
    Assets {
        css: css.path.clone(),
        script: script.path.clone(),
        early: early.path.clone(),
        sans: sans.path.clone(),
        icon: icon.path.clone(),
        card: card.path.clone(),
        logo: logo.path.clone(),
        files: vec![css, script, early, sans, serif, icon, logo, card, licence],
    }
}

/// The assets, made once.
pub(crate) fn assets() -> &'static Assets {
    static ASSETS: OnceLock<Assets> = OnceLock::new();
    ASSETS.get_or_init(make)
}

impl Assets {
    /// All of them, to be written.
    pub(crate) fn files(&self) -> Vec<SiteFile> {
        self.files.clone()
    }
}

/// The sign as SVG text, for the page that may load nothing.
pub(crate) fn mark() -> String {
    inline(include_str!("../../assets/icon.svg"), "aria-hidden=\"true\"")
}

/// The logo as SVG text, for the page on which every millisecond counts: as an image it is a document of its own, whose
/// making takes the browser longer than reading it. The style sheet colours it.
pub(crate) fn logo() -> String {
    inline(include_str!("../../assets/logo.svg"), "class=\"logo\" width=\"126\" height=\"28\"")
}

/// `svg` with `attributes`, to stand in a page. Its own style would be refused there.
fn inline(svg: &str, attributes: &str) -> String {
    let (head, tail) = svg.split_once("<style>").unwrap_or((svg, ""));
    let tail = tail.split_once("</style>").map_or(tail, |(_, tail)| tail);
    format!("{}{}", head.replace("<svg ", &format!("<svg {attributes} ")), tail.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_names_fonts_that_exist() {
        let assets = assets();
        let css = assets.files.iter().find(|f| f.path == assets.css).expect("is among them");
        let css = String::from_utf8(css.bytes.clone()).expect("is text");
        let mut found = 0;
        for part in css.split("url(").skip(1) {
            let name = part.split(')').next().expect("splits").trim_matches('"');
            assert!(assets.files.iter().any(|f| f.path == format!("assets/{name}")), "{name}");
            found += 1;
        }
        assert_eq!(found, 2);
        assert!(!css.contains("/*") && !css.contains("url(http"));
    }
}
