//! A directory as a small HTML page without scripts.

use pinfold_core::unixfs::DirectoryLink;

/// The page of a directory at `path` (`/ipfs/<cid>/…/`, as it was asked for, undecoded).
pub(super) fn page(title: &str, links: &[DirectoryLink], has_parent: bool) -> String {
    let mut out = String::with_capacity(200 * links.len() + 600);
    let title = escape(title);
    out.push_str("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    out.push_str(&title);
    out.push_str(
        "</title><style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}\
         td{padding:0 1rem 0 0}td:nth-child(2){text-align:right}code{color:#666}</style></head><body><h1>",
    );
    out.push_str(&title);
    out.push_str("</h1>\n<table>\n");
    if has_parent {
        out.push_str("<tr><td><a href=\"../\">..</a></td></tr>\n");
    }
    for link in links {
        let href: String = link
            .name
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect();
        out.push_str(&format!(
            "<tr><td><a href=\"./{href}\">{}</a></td><td>{}</td><td><code>{}</code></td></tr>\n",
            escape(&link.name),
            link.tsize_bytes,
            link.cid.short(),
        ));
    }
    out.push_str("</table></body></html>\n");
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ if character.is_control() => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}
