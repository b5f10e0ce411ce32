//! Licences: the SPDX identifier of common spellings and addresses; the text is kept word for word.
//!
//! The few dozen that research data carry. Exact identifiers of others are found by the generator in the
//! full SPDX list.

use crate::model::License;

/// SPDX identifier, name, address, and spellings in the form of [`normal`].
const OTHERS: [(&str, &str, &str, &[&str]); 13] = [
    (
        "CC0-1.0",
        "Creative Commons Zero v1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        &[
            "cc0",
            "cc0 1 0",
            "cc zero",
            "cc0 1 0 universal",
            "creative commons zero",
            "creativecommons org publicdomain zero 1 0",
        ],
    ),
    (
        "MIT",
        "MIT License",
        "https://opensource.org/license/mit",
        &["mit", "mit license", "opensource org licenses mit"],
    ),
    (
        "Apache-2.0",
        "Apache License 2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
        &[
            "apache 2 0",
            "apache license 2 0",
            "apache license version 2 0",
            "apache 2",
            "apache org licenses license 2 0",
        ],
    ),
    (
        "BSD-3-Clause",
        "BSD 3-Clause License",
        "https://opensource.org/license/bsd-3-clause",
        &["bsd 3 clause", "bsd 3", "new bsd"],
    ),
    (
        "BSD-2-Clause",
        "BSD 2-Clause License",
        "https://opensource.org/license/bsd-2-clause",
        &["bsd 2 clause"],
    ),
    (
        "GPL-3.0-or-later",
        "GNU General Public License v3.0 or later",
        "https://www.gnu.org/licenses/gpl-3.0.html",
        &["gpl 3 0 or later", "gplv3", "gpl v3"],
    ),
    (
        "ODbL-1.0",
        "Open Data Commons Open Database License v1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
        &["odbl", "odbl 1 0", "open database license", "opendatacommons org licenses odbl 1 0"],
    ),
    (
        "ODC-By-1.0",
        "Open Data Commons Attribution License v1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
        &["odc by", "odc by 1 0", "opendatacommons org licenses by 1 0"],
    ),
    (
        "PDDL-1.0",
        "Open Data Commons Public Domain Dedication & License 1.0",
        "https://opendatacommons.org/licenses/pddl/1-0/",
        &["pddl", "pddl 1 0", "opendatacommons org licenses pddl 1 0"],
    ),
    (
        "etalab-2.0",
        "Etalab Open License 2.0",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        &["etalab 2 0", "licence ouverte 2 0", "licence ouverte open licence 2 0"],
    ),
    (
        "OGL-UK-3.0",
        "Open Government Licence v3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        &[
            "ogl uk 3 0",
            "ogl 3 0",
            "open government licence v3 0",
            "nationalarchives gov uk doc open government licence version 3",
        ],
    ),
    (
        "DL-DE-BY-2.0",
        "Data licence Germany – attribution – version 2.0",
        "https://www.govdata.de/dl-de/by-2-0",
        &["dl de by 2 0", "govdata de dl de by 2 0"],
    ),
    (
        "DL-DE-ZERO-2.0",
        "Data licence Germany – zero – version 2.0",
        "https://www.govdata.de/dl-de/zero-2-0",
        &["dl de zero 2 0", "govdata de dl de zero 2 0"],
    ),
];

/// Longer texts are prose: only an address in them names a licence.
const SPELLING_CHARS: usize = 160;

/// Lower case, everything but letters and digits as one space.
fn normal(text: &str) -> String {
    let spaced: String =
        text.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The licence that `text` names.
pub(super) fn license(text: &str) -> License {
    let text = text.trim();
    let mut license = License { text: text.to_owned(), ..License::default() };
    let address =
        super::ids::links(text).into_iter().find(|link| link.id.starts_with("http")).map(|link| link.id);
    let candidates = [address.as_deref(), (text.chars().count() <= SPELLING_CHARS).then_some(text)];
    for candidate in candidates.into_iter().flatten() {
        let words = normal(candidate);
        if let Some((spdx, name, url)) = creative_commons(&words) {
            license.spdx = Some(spdx);
            license.name = Some(name);
            license.url = Some(url);
            return license;
        }
        let bare = words.trim_start_matches("https ").trim_start_matches("http ").trim_start_matches("www ");
        let bare = bare.trim_end_matches(" html").trim_end_matches(" deed en");
        for (spdx, name, url, spellings) in OTHERS {
            if normal(spdx) == bare || spellings.contains(&bare) {
                license.spdx = Some(spdx.to_owned());
                license.name = Some(name.to_owned());
                license.url = Some(url.to_owned());
                return license;
            }
        }
    }
    license.url = address;
    license
}

/// Attribution licences of Creative Commons: `cc by 4 0`, `creativecommons org licenses by sa 3 0`, words.
fn creative_commons(words: &str) -> Option<(String, String, String)> {
    let tokens: Vec<&str> = words.split(' ').take(40).collect();
    let has = |word: &str| tokens.contains(&word);
    let pair = |first: &str, second: &str| tokens.windows(2).any(|pair| pair == [first, second]);
    let is_cc = has("cc") || has("creativecommons") || pair("creative", "commons") || has("ccby");
    if !is_cc || !(has("by") || has("attribution") || has("ccby")) || has("zero") || has("not") || has("or") {
        return None;
    }
    let share = has("sa") || has("sharealike") || pair("share", "alike");
    let commercial = has("nc") || has("noncommercial") || pair("non", "commercial");
    let derivatives = has("nd") || has("noderivatives") || has("noderivs") || pair("no", "derivatives");
    let version = ["4 0", "3 0", "2 5", "2 0", "1 0"]
        .into_iter()
        .find(|version| {
            format!(" {words} ").contains(&format!(" {version} "))
                || format!(" {words} ").contains(&format!(" v{version} "))
        })
        .or(tokens.contains(&"4").then_some("4 0"))?
        .replace(' ', ".");
    let mut parts = vec!["BY"];
    let mut name = "Creative Commons Attribution".to_owned();
    for (given, part, word) in [
        (commercial, "NC", " Non Commercial"),
        (derivatives, "ND", " No Derivatives"),
        (share, "SA", " Share Alike"),
    ] {
        if given {
            parts.push(part);
            name.push_str(word);
        }
    }
    let parts = parts.join("-");
    name.push_str(&format!(" {version} {}", if version == "4.0" { "International" } else { "Unported" }));
    let name =
        if version == "4.0" || version == "3.0" { name } else { name.replace(" Unported", " Generic") };
    let url = format!("https://creativecommons.org/licenses/{}/{version}/", parts.to_lowercase());
    Some((format!("CC-{parts}-{version}"), name, url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let license = license(text);
        assert_eq!(license.spdx.as_deref(), expected, "{text}");
        assert_eq!(license.text, text.trim());
    }

    #[test]
    fn spellings() {
        check("CC-BY-4.0", Some("CC-BY-4.0"));
        check("cc by 4.0", Some("CC-BY-4.0"));
        check("CC BY-SA 4.0", Some("CC-BY-SA-4.0"));
        check("Creative Commons Attribution 4.0 International (CC BY 4.0)", Some("CC-BY-4.0"));
        check("Creative Commons Attribution-NonCommercial-ShareAlike 3.0", Some("CC-BY-NC-SA-3.0"));
        check("https://creativecommons.org/licenses/by/4.0/", Some("CC-BY-4.0"));
        check("http://creativecommons.org/licenses/by-nc-nd/4.0/deed.en", Some("CC-BY-NC-ND-4.0"));
        check("CC0-1.0", Some("CC0-1.0"));
        check("CC0", Some("CC0-1.0"));
        check("https://creativecommons.org/publicdomain/zero/1.0/", Some("CC0-1.0"));
        check(
            "These data may be used as https://creativecommons.org/licenses/by/4.0/ says.",
            Some("CC-BY-4.0"),
        );
        check("MIT", Some("MIT"));
        check("apache-2.0", Some("Apache-2.0"));
        check("ODbL-1.0", Some("ODbL-1.0"));
        check("CC BY 4.0 International", Some("CC-BY-4.0"));
        check("https://creativecommons.org/licenses/by/4.0/legalcode", Some("CC-BY-4.0"));
        check("Creative Commons Attribution 4.0 License", Some("CC-BY-4.0"));
        check("CC BY-NC 4.0", Some("CC-BY-NC-4.0"));
    }

    #[test]
    fn what_names_none() {
        check("CC-BY", None);
        check("This data are free", None);
        check("not CC BY 4.0", None);
        check("CC BY 4.0 or CC BY-SA 4.0", None);
        check("proprietary", None);
        check(&"cc by ".repeat(20_000), None);
        assert_eq!(
            license("see https://example.org/terms").url.as_deref(),
            Some("https://example.org/terms")
        );
    }
}
