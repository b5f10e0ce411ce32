//! HTML as text: everything that comes from data goes through [`esc`].

#[cfg(feature = "search")]
use pinfold_core::search::Mark;

/// Appends a text with what HTML would read as markup replaced; fit for content and quoted attributes.
pub(crate) fn esc(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Bidirectional overrides would turn the rest of the line around.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

/// The text, escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    esc(text, &mut out);
    out
}

/// The text as it is, layout and control characters included; fit for content and quoted attributes.
#[cfg(all(feature = "explorer", any(target_arch = "wasm32", test)))]
pub(crate) fn verbatim(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Parsers turn what is written plainly into a line feed.
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    out
}

/// The text with its marked parts in `<mark>`; marks that do not fit the text are left out.
#[cfg(feature = "search")]
pub(crate) fn marked(text: &str, marks: &[Mark], out: &mut String) {
    let mut at = 0;
    for &(start, end) in marks {
        if let (Some(before), Some(inside)) = (text.get(at..start), text.get(start..end)) {
            esc(before, out);
            out.push_str("<mark>");
            esc(inside, out);
            out.push_str("</mark>");
            at = end;
        }
    }
    esc(text.get(at..).unwrap_or_default(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(
            escaped("<img src=x onerror='a'>&\"\u{202e}\u{7}"),
            "&lt;img src=x onerror=&#39;a&#39;&gt;&amp;&quot; "
        );
        #[cfg(feature = "explorer")]
        assert_eq!(verbatim("a\r\n\t<b \"&\">"), "a&#13;\n\t&lt;b &quot;&amp;&quot;&gt;");
    }

    #[test]
    #[cfg(feature = "search")]
    fn marks_stay_text() {
        let mut out = String::new();
        marked("<b>radar</b>", &[(3, 8)], &mut out);
        assert_eq!(out, "&lt;b&gt;<mark>radar</mark>&lt;/b&gt;");
        let mut out = String::new();
        marked("é", &[(1, 2), (0, 99)], &mut out);
        assert_eq!(out, "é");
    }
}
