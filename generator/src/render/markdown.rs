//! Markdown to HTML that is inert: CommonMark with tables, footnotes off.
//!
//! [`summary`] is for what a dataset says of itself, [`page`] for the pages of `content/`. Both go through
//! one filter of events: raw HTML becomes text (comments vanish), pictures become links, links keep only
//! `http`, `https`, `mailto`, `ipfs` and, in pages, relative addresses; there are no inline styles, which
//! the pages' security policy would refuse.

use std::collections::BTreeMap;

use pulldown_cmark::{
    CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html,
};

use super::text;

/// A summary longer than this is cut; the whole is in `record.json`. The longest of ORCESTRA has 3,900.
const SUMMARY_CHARS: usize = 12_000;

/// Deeper nesting of quotes and lists is shown as plain text.
const MAX_DEPTH: usize = 16;

/// A heading of a page, for its table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// Whether an address is one that a visitor may be sent to.
pub(crate) fn is_safe_url(url: &str) -> bool {
    let allowed = ["https://", "http://", "mailto:", "ipfs://"];
    let lower = url.get(..9.min(url.len())).map(str::to_ascii_lowercase).unwrap_or_default();
    allowed.iter().any(|scheme| lower.starts_with(scheme))
        && url.len() <= 2000
        && !url.chars().any(|c| {
            c.is_control()
                || c.is_whitespace()
                || matches!(c, '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}')
        })
        && host_is_plain(url)
}

/// Whether the part between `//` and the next slash is one that every URL parser takes.
fn host_is_plain(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return true };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !name.contains('[') => (name, port),
        _ => (host, ""),
    };
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && port.len() <= 5
        && port.bytes().all(|b| b.is_ascii_digit())
}

/// `#` splits once only and `%` stands before two digits; what does not is written as an escape.
pub(crate) fn tidy_url(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    let mut fragment = false;
    for (at, c) in url.char_indices() {
        let escape = match c {
            '#' if fragment => true,
            '#' => {
                fragment = true;
                false
            }
            '%' => !url.as_bytes().get(at + 1..at + 3).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit)),
            '[' | ']' | '\'' => true,
            _ => !c.is_ascii(),
        };
        if escape {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Text in which `http(s)` addresses are links: pieces with an address or none.
pub(crate) fn linkify(text: &str) -> Vec<(String, Option<String>)> {
    let mut out: Vec<(String, Option<String>)> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("http").filter(|_| out.len() < 200) {
        let (before, from) = rest.split_at(at);
        let end =
            from.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(from.len());
        let mut url = from[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
        while url.ends_with(')') && url.matches(')').count() > url.matches('(').count() {
            url = url.trim_end_matches(')').trim_end_matches(['.', ',', ';']);
        }
        let boundary = before.chars().last().is_none_or(|c| !c.is_alphanumeric());
        if boundary && is_safe_url(url) {
            out.push((before.to_owned(), None));
            out.push((url.to_owned(), Some(tidy_url(url))));
            rest = &from[url.len()..];
        } else {
            let step = before.len() + 4;
            out.push((rest[..step].to_owned(), None));
            rest = &rest[step..];
        }
    }
    out.push((rest.to_owned(), None));
    out.retain(|(text, _)| !text.is_empty());
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Plain paragraphs, for what is not worth a parser.
fn plain(text: &str) -> String {
    text.split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(|p| format!("<p>{}</p>\n", escape(p)))
        .collect()
}

/// Filters the events of one document. `relative` maps relative addresses, `None` forbids them.
struct Filter<'a> {
    relative: Option<&'a dyn Fn(&str) -> String>,
    /// Added to every heading's level.
    shift: usize,
    headings: Vec<Heading>,
}

/// Entities such as `&#x202e;` turn into characters only here, so these are cleaned once more.
fn harmless(piece: CowStr<'_>) -> CowStr<'_> {
    if piece.is_ascii() && !piece.contains(|c: char| c.is_control() && c != '\n') {
        return piece;
    }
    CowStr::from(text::clean_block(&piece))
}

fn level(level: HeadingLevel, shift: usize) -> HeadingLevel {
    use HeadingLevel::{H1, H2, H3, H4, H5, H6};
    [H1, H2, H3, H4, H5, H6][(level as usize - 1 + shift).min(5)]
}

impl Filter<'_> {
    fn target(&self, url: &str, kind: LinkType) -> Option<String> {
        if kind == LinkType::Email {
            let url = format!("mailto:{url}");
            return is_safe_url(&url).then(|| tidy_url(&url));
        }
        if is_safe_url(url) {
            return Some(tidy_url(url));
        }
        let relative = self.relative?;
        let harmless = !url.starts_with('/')
            && !url.split(['/', '?', '#']).next().unwrap_or_default().contains(':')
            && url.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-#?=:+%&".contains(&b));
        (harmless && !url.is_empty()).then(|| relative(url))
    }

    fn run(&mut self, markdown: &str) -> Option<String> {
        let options = Options::ENABLE_TABLES;
        let mut out: Vec<Event<'_>> = Vec::new();
        // What each open link became: whether its end is to be written.
        let mut links: Vec<bool> = Vec::new();
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        let (mut depth, mut in_code, mut heading) = (0_usize, false, None);
        for event in TextMergeStream::new(Parser::new_ext(markdown, options)) {
            match &event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return None;
            }
            match event {
                Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
                    let target = self.target(&dest_url, link_type).filter(|_| !links.contains(&true));
                    links.push(target.is_some());
                    if let Some(url) = target {
                        let tag = Tag::Link {
                            link_type: LinkType::Inline,
                            dest_url: url.into(),
                            title: CowStr::Borrowed(""),
                            id,
                        };
                        out.push(Event::Start(tag));
                    }
                }
                Event::End(TagEnd::Link) => {
                    if links.pop() == Some(true) {
                        out.push(Event::End(TagEnd::Link));
                    }
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let target = is_safe_url(&dest_url)
                        .then(|| tidy_url(&dest_url))
                        .filter(|_| !links.contains(&true));
                    links.push(target.is_some());
                    if let Some(url) = target {
                        out.push(Event::Start(Tag::Link {
                            link_type: LinkType::Inline,
                            dest_url: url.into(),
                            title: CowStr::Borrowed(""),
                            id: CowStr::Borrowed(""),
                        }));
                        out.push(Event::Text(CowStr::Borrowed("picture: ")));
                    }
                }
                Event::End(TagEnd::Image) => {
                    if links.pop() == Some(true) {
                        out.push(Event::End(TagEnd::Link));
                    }
                }
                Event::Start(Tag::Heading { level: l, .. }) => {
                    heading = Some((out.len(), String::new()));
                    let l = level(l, self.shift);
                    out.push(Event::Start(Tag::Heading {
                        level: l,
                        id: None,
                        classes: vec![],
                        attrs: vec![],
                    }));
                }
                Event::End(TagEnd::Heading(l)) => {
                    if let Some((at, text)) = heading.take() {
                        let mut id = text::slug(&text);
                        let count = ids.entry(id.clone()).or_insert(0);
                        *count += 1;
                        if *count > 1 {
                            id = format!("{id}-{count}");
                        }
                        if let (Some(_), Some(Event::Start(Tag::Heading { id: slot, .. }))) =
                            (self.relative, out.get_mut(at))
                        {
                            *slot = Some(CowStr::from(id.clone()));
                        }
                        if l == HeadingLevel::H2 {
                            self.headings.push(Heading { id, text });
                        }
                    }
                    out.push(Event::End(TagEnd::Heading(level(l, self.shift))));
                }
                Event::Start(Tag::HtmlBlock) => out.push(Event::Start(Tag::Paragraph)),
                Event::End(TagEnd::HtmlBlock) => out.push(Event::End(TagEnd::Paragraph)),
                Event::Html(raw) | Event::InlineHtml(raw) => {
                    if !raw.trim_start().starts_with("<!--") {
                        out.push(Event::Text(raw));
                    }
                }
                Event::Start(Tag::CodeBlock(_)) => {
                    in_code = true;
                    out.push(Event::Html(CowStr::Borrowed("<pre tabindex=\"0\"><code>")));
                }
                Event::End(TagEnd::CodeBlock) => {
                    in_code = false;
                    out.push(Event::Html(CowStr::Borrowed("</code></pre>\n")));
                }
                Event::Start(Tag::Table(columns)) => {
                    out.push(Event::Html(CowStr::Borrowed(
                        "<div class=\"tbl\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">",
                    )));
                    out.push(Event::Start(Tag::Table(vec![pulldown_cmark::Alignment::None; columns.len()])));
                }
                Event::End(TagEnd::Table) => {
                    out.push(Event::End(TagEnd::Table));
                    out.push(Event::Html(CowStr::Borrowed("</div>\n")));
                }
                Event::Text(piece) => {
                    let piece = harmless(piece);
                    if let Some((_, text)) = &mut heading {
                        text.push_str(&piece);
                    }
                    if in_code || !links.is_empty() {
                        out.push(Event::Text(piece));
                        continue;
                    }
                    for (text, url) in linkify(&piece) {
                        match url {
                            Some(url) => {
                                let tag = Tag::Link {
                                    link_type: LinkType::Inline,
                                    dest_url: url.into(),
                                    title: CowStr::Borrowed(""),
                                    id: CowStr::Borrowed(""),
                                };
                                out.extend([
                                    Event::Start(tag),
                                    Event::Text(text.into()),
                                    Event::End(TagEnd::Link),
                                ]);
                            }
                            None => out.push(Event::Text(text.into())),
                        }
                    }
                }
                Event::Code(piece) => {
                    let piece = harmless(piece);
                    if let Some((_, text)) = &mut heading {
                        text.push_str(&piece);
                    }
                    out.push(Event::Code(piece));
                }
                other => out.push(other),
            }
        }
        let mut rendered = String::with_capacity(markdown.len() * 3 / 2);
        html::push_html(&mut rendered, out.into_iter());
        Some(rendered)
    }
}

/// What a dataset says of itself, as HTML, and whether it was cut.
pub(crate) fn summary(markdown: &str) -> (String, bool) {
    let head: String = markdown.chars().take(SUMMARY_CHARS).collect();
    let cut = head.len() < markdown.len();
    let mut fenced = false;
    let lines: Vec<String> = text::clean_block(&head)
        .lines()
        .map(|line| {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            // Attributes are often indented by their writer's editor; that makes no code block.
            let indent = line.len() - line.trim_start().len();
            if fenced || indent < 4 { line.to_owned() } else { format!("   {}", line.trim_start()) }
        })
        .collect();
    let text = lines.join("\n");
    let mut filter = Filter { relative: None, shift: 2, headings: Vec::new() };
    (filter.run(&text).unwrap_or_else(|| plain(&text)), cut)
}

/// A page of `content/`: HTML and its headings of second rank.
pub(crate) fn page(markdown: &str, relative: &dyn Fn(&str) -> String) -> (String, Vec<Heading>) {
    let text = text::clean_block(markdown);
    let mut filter = Filter { relative: Some(relative), shift: 0, headings: Vec::new() };
    let html = filter.run(&text).unwrap_or_else(|| plain(&text));
    (html, filter.headings)
}

/// The words of a summary on one line, for cards and `meta` elements.
pub(crate) fn words(markdown: &str, chars: usize) -> String {
    let head: String = markdown.chars().take(chars.saturating_mul(3)).collect();
    let mut out = String::new();
    let mut depth = 0_usize;
    for event in TextMergeStream::new(Parser::new_ext(&text::clean_block(&head), Options::ENABLE_TABLES)) {
        match event {
            Event::Text(piece) | Event::Code(piece) | Event::Html(piece) | Event::InlineHtml(piece) => {
                out.push_str(&piece)
            }
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            Event::End(_) if depth == 1 => {
                depth = 0;
                out.push(' ');
            }
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let cut = head.len() < markdown.len();
    let line = text::clean(&out);
    if cut && line.chars().count() <= chars { format!("{line} …") } else { text::limit(&line, chars) }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(markdown: &str, expect: Expect) {
        expect.assert_eq(&summary(markdown).0);
    }

    #[test]
    fn markup_is_inert() {
        check(
            "Hi <script>alert(1)</script> <b onclick=x>b</b>\n\n<iframe src=x>\n\n<!-- gone -->",
            expect![[r#"
                <p>Hi &lt;script&gt;alert(1)&lt;/script&gt; &lt;b onclick=x&gt;b&lt;/b&gt;</p>
                <p>&lt;iframe src=x&gt;
                </p>
                <p></p>
            "#]],
        );
        check(
            "[a](javascript:alert(1)) [b](data:text/html,x) [c](JaVaScRiPt:x) ![p](http://t.example/x.png) [d](../x)",
            expect![[r#"
                <p>a b c <a href="http://t.example/x.png">picture: p</a> d</p>
            "#]],
        );
        check(
            "a&#x202e;b `&#8238;` [e](https://u:p@evil.example/) <javascript:x> <me@a.example> https://a.example/b_c_(d).",
            expect![[r#"
                <p>ab <code>&amp;#8238;</code> e javascript:x <a href="mailto:me@a.example">me@a.example</a> <a href="https://a.example/b_c_(d)">https://a.example/b_c_(d)</a>.</p>
            "#]],
        );
    }

    #[test]
    fn headings_step_down_and_deep_nesting_is_plain() {
        check(
            "# One\n\n        two",
            expect![[r#"
            <h3>One</h3>
            <p>two</p>
        "#]],
        );
        let deep = "> ".repeat(5000) + "x";
        assert!(summary(&deep).0.starts_with("<p>&gt; &gt;"));
    }

    #[test]
    fn pages_have_contents() {
        let (html, headings) = page("## Über A\n\n## Über A\n\n[x](cite.md#a)", &|u| format!("../{u}"));
        assert_eq!(headings.iter().map(|h| h.id.as_str()).collect::<Vec<_>>(), ["ueber-a", "ueber-a-2"]);
        assert!(html.contains("href=\"../cite.md#a\""), "{html}");
        assert!(html.contains("<h2 id=\"ueber-a-2\">"), "{html}");
    }
}
