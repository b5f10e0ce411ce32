//! Adding to `dois.yaml` without disturbing what is there. Entry point: [`append`].

use pinfold_core::cid::Cid;

use super::Dois;
use crate::pinlist::edit::EditError;
use crate::yaml;

/// `text` with an entry at its end; everything before it is byte for byte the same. A dataset that is listed
/// already changes nothing.
///
/// The changed text is read again: all that was there must be the same, and the new entry must be in it. A list
/// in braces (JSON, or a flow mapping) or with several documents is refused with the reason.
///
/// # Errors
/// When the list cannot be read, or is written in a form that nothing can be appended to.
pub fn append(
    file: &str,
    text: &str,
    cid: Cid,
    doi: &str,
    published: Option<i32>,
) -> Result<String, EditError> {
    let refuse = |reason: &str| EditError::Form { file: file.to_owned(), reason: reason.to_owned() };
    let before = Dois::parse(file, text, &mut Vec::new())?;
    if before.get(cid).is_some() {
        return Ok(text.to_owned());
    }
    let root = yaml::parse(file, text)?;
    if let Some(first) = root.map().and_then(|pairs| pairs.first()) {
        let line = text.lines().nth((first.0.line as usize).saturating_sub(1)).unwrap_or_default();
        if first.0.column != 1 || line.starts_with('{') {
            return Err(refuse("its entries are not written one below the other at the beginning of lines"));
        }
    } else if !root.is_null() {
        return Err(refuse("it is the empty mapping `{}`, which should be an empty file"));
    }
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut changed = text.to_owned();
    if !changed.is_empty() && !changed.ends_with('\n') {
        changed.push_str(line_break);
    }
    // A DOI may hold what YAML reads as something else; JSON's strings are YAML's.
    let is_plain = doi.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c));
    let shown = if is_plain { doi.to_owned() } else { serde_json::Value::from(doi).to_string() };
    changed.push_str(&format!("{cid}:{line_break}  doi: {shown}{line_break}"));
    if let Some(year) = published {
        changed.push_str(&format!("  published: {year}{line_break}"));
    }
    let after = Dois::parse(file, &changed, &mut Vec::new()).map_err(|error| {
        refuse(&format!("with the entry at its end it could not be read: {}", error.message))
    })?;
    let is_there = after.get(cid).is_some_and(|entry| entry.doi == doi && entry.published == published);
    if is_there
        && after.len() == before.len() + 1
        && before.iter().all(|(cid, entry)| after.get(cid) == Some(entry))
    {
        Ok(changed)
    } else {
        Err(refuse("the entry at its end would not be read as one of it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";

    #[test]
    fn at_the_end_and_nowhere_else() {
        let cid: Cid = A.parse().unwrap();
        for text in [
            "",
            "# ours\n",
            "bafkqaaa: {doi: 10.5072/x}   # first",
            "bafkqaaa:\r\n  doi: 10.5072/x\r\n# end\r\n",
        ] {
            for doi in ["10.5072/abc", "10.5072/a(b):c#d", "10.5072/*"] {
                let changed = append("dois.yaml", text, cid, doi, Some(2026)).unwrap();
                assert!(changed.starts_with(text));
                assert_eq!(append("dois.yaml", &changed, cid, doi, Some(2026)).unwrap(), changed);
            }
        }
        assert_eq!(
            append("d", "# ours\n", cid, "10.5072/abc", Some(2026)).unwrap(),
            format!("# ours\n{A}:\n  doi: 10.5072/abc\n  published: 2026\n")
        );
        for text in ["{}", "{bafkqaaa: {doi: 10.5072/x}}\n", "bafkqaaa: {doi: 10.5072/x}\n...\n", "- a\n"] {
            assert!(append("d", text, cid, "10.5072/abc", None).is_err(), "{text}");
        }
    }
}
