//! What is not wrong with a pinlist, but makes it hard to work with: [`Pinlist::lint`].

use std::collections::BTreeMap;

use pinfold_core::finding::{Finding, codes};

use super::{Pin, Pinlist};

/// Names longer than this do not fit into a line.
const MAX_NAME_CHARS: usize = 200;

impl Pinlist {
    /// Findings on names and tags.
    #[must_use]
    pub fn lint(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for pin in &self.pins {
            self.name(pin, &mut findings);
            for tag in &pin.tags {
                let is_plain = |c: char| c.is_alphanumeric() || "-_.:".contains(c);
                if tag.is_empty() || !tag.chars().all(is_plain) || tag.chars().count() > 60 {
                    let shown: String = crate::report::one_line(tag).chars().take(60).collect();
                    findings.push(self.linted(
                        "tag-malformed",
                        pin,
                        format!("the tag `{shown}` is hard to use"),
                    ));
                }
            }
        }
        // Of the current ones only: a chain keeps its name.
        let mut current: BTreeMap<String, &Pin> = BTreeMap::new();
        let heads = self.families().iter().flat_map(|family| &family.heads).map(|&index| &self.pins[index]);
        let mut heads: Vec<&Pin> = heads.filter(|pin| pin.withdrawn.is_none()).collect();
        heads.sort_by_key(|pin| pin.line);
        for pin in heads {
            let Some(name) = &pin.name else { continue };
            let folded = name.to_lowercase();
            if let Some(first) = current.get(&folded) {
                let message = format!(
                    "`{name}` is the name of the pin in line {}, too, and both are current",
                    first.line
                );
                findings.push(self.linted("name-duplicate", pin, message));
            } else {
                current.insert(folded, pin);
            }
        }
        findings
    }

    fn name(&self, pin: &Pin, findings: &mut Vec<Finding>) {
        match &pin.name {
            None => findings.push(self.linted("name-missing", pin, "this pin has no name".to_owned())),
            Some(name) => {
                let fault = if name.chars().count() > MAX_NAME_CHARS {
                    "longer than 200 characters"
                } else if crate::report::one_line(name) != *name {
                    "not one line of plain text"
                } else {
                    return;
                };
                findings.push(self.linted("name-malformed", pin, format!("the name is {fault}")));
            }
        }
    }

    fn linted(&self, code: &str, pin: &Pin, message: String) -> Finding {
        let known = codes::find(code).expect("every code is in the table");
        Finding::new(known.severity, code, message).hint(known.hint).at(self.place(pin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags() {
        let text = "- cid: bafkqaaa\n- cid: bafkqabtimvwgy3yk\n  name: Sea Ice\n  meta: {tags: [\"a b\", ok]}\n- cid: QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG\n  name: sea ice\n";
        let list = Pinlist::parse("p", text).unwrap();
        let codes: Vec<_> = list.lint().iter().map(|f| (f.code.clone(), f.place.line.unwrap())).collect();
        let expected = [("name-missing", 1), ("tag-malformed", 2), ("name-duplicate", 5)];
        assert_eq!(codes, expected.map(|(code, line)| (code.to_owned(), line)));
        let chained =
            text.replace("  name: sea ice\n", "  name: sea ice\n  meta: {prev: bafkqabtimvwgy3yk}\n");
        let list = Pinlist::parse("p", &chained).unwrap();
        assert!(list.lint().iter().all(|finding| finding.code != "name-duplicate"));
    }
}
