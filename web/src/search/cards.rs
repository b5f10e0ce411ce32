//! Results as HTML, with the same classes as the list in the page.

use pinfold_core::search::{Answer, Details, Field, Hit, Index, Marked, Matched, Record};

use super::list::Card;
use crate::shared::html::{esc, escaped, marked};
use crate::shared::state::State;
use crate::shared::words::{self, Count, fill, t};

/// People that are named in a result.
const PEOPLE_SHOWN: usize = 3;

/// The results.
pub(super) fn results(index: &Index, answer: &Answer, root: &str) -> Vec<Card> {
    let cards = answer.hits.iter().filter_map(|hit| {
        let record = index.record(hit.doc)?;
        let details = index.details(hit.doc).unwrap_or_default();
        Some(Card {
            doc: hit.doc,
            picture: record.picture.then(|| picture(&record, root)),
            why: why(hit, &record, &details, root),
            after: side(&record),
        })
    });
    cards.collect()
}

fn picture(record: &Record, root: &str) -> String {
    let mut out =
        "<img class=\"mini\" width=\"108\" height=\"54\" alt=\"\" loading=\"lazy\" src=\"".to_owned();
    esc(root, &mut out);
    out.push_str("ds/");
    esc(record.cid, &mut out);
    out.push_str("/thumbnail.svg\">");
    out
}

fn why(hit: &Hit, record: &Record, details: &Details, root: &str) -> String {
    let mut text = String::with_capacity(1200);
    let out = &mut text;
    out.push_str("<h3 class=\"title\" dir=\"auto\"><a href=\"");
    esc(root, out);
    out.push_str("ds/");
    esc(record.cid, out);
    out.push_str("/\">");
    marked(record.title, &hit.title, out);
    out.push_str("</a></h3><p class=\"meta\">");
    esc(&record.people.iter().take(PEOPLE_SHOWN).copied().collect::<Vec<_>>().join(", "), out);
    if record.n_people > PEOPLE_SHOWN {
        out.push_str(" <span class=\"quiet\">");
        out.push_str(&fill("and {} more", &[&(record.n_people - PEOPLE_SHOWN)]));
        out.push_str("</span>");
    }
    if !record.people.is_empty() && !record.platforms.is_empty() {
        out.push_str(" · ");
    }
    esc(&record.platforms.join(", "), out);
    out.push_str("</p>");
    reasons(out, hit, record, details);
    text
}

fn side(record: &Record) -> String {
    let mut text = "</div><p class=\"side tab\">".to_owned();
    let out = &mut text;
    if let Some(time) = record.time {
        out.push_str(&format!(
            "<span class=\"nw\">{}</span><br class=\"wide-only\"> ",
            words::range_html(time)
        ));
    }
    if record.n_variables > 0 {
        out.push_str(&match record.n_variables {
            1 => fill("{} variable", &[&1]),
            n => fill("{} variables", &[&Count(n)]),
        });
    } else {
        esc(record.format, out);
    }
    out.push_str("<br class=\"wide-only\"> ");
    if let Some(doi) = &record.doi {
        out.push_str("<a class=\"tag is\" href=\"https://doi.org/");
        esc(doi, out);
        out.push_str("\">DOI</a> ");
    }
    if !record.license.is_empty() {
        out.push_str(&format!("<span class=\"tag\">{}</span>", escaped(&words::licence(record.license))));
    }
    out.push_str("</p>");
    text
}

fn reasons(out: &mut String, hit: &Hit, record: &Record, details: &Details) {
    let snippet = hit.snippet.clone().or_else(|| {
        let text = beginning(details.summary, 170);
        (!text.is_empty()).then(|| Marked { text, marks: Vec::new() })
    });
    if let Some(snippet) = snippet {
        out.push_str("<p class=\"why\" dir=\"auto\">");
        marked(&snippet.text, &snippet.marks, out);
        out.push_str("</p>");
    }
    if let Some(day) = record.embargo {
        line(out, &fill("Data are presented from {} on.", &[&words::date(day)]));
    }
    let mut parts: Vec<String> = Vec::new();
    parts.extend(variables(hit));
    // People and platforms stand in the line above; they are named here because that line has no marks.
    for field in [
        Field::Person,
        Field::Platform,
        Field::Instrument,
        Field::Campaign,
        Field::Keyword,
        Field::Level,
        Field::License,
        Field::Format,
        Field::Year,
    ] {
        let found: Vec<&Matched> = hit.matched.iter().filter(|one| one.field == field).collect();
        if found.is_empty() {
            continue;
        }
        let mut part = match field {
            Field::License => t("licence"),
            Field::Level => t("processing level"),
            _ => t(field.name()),
        }
        .to_owned();
        for (at, one) in found.iter().take(3).enumerate() {
            part.push_str(if at == 0 { " " } else { ", " });
            marked(&one.text.text, &one.text.marks, &mut part);
        }
        parts.push(part);
    }
    if !parts.is_empty() {
        line(out, &fill("Found in {}", &[&parts.join("; ")]));
    }
    if !hit.missing.is_empty() {
        line(out, &fill("Without {}", &[&escaped(&hit.missing.join(", "))]));
    }
}

/// A line below the title, of HTML.
fn line(out: &mut String, html: &str) {
    out.push_str("<p class=\"why at\">");
    out.push_str(html);
    out.push_str("</p>");
}

fn variables(hit: &Hit) -> Option<String> {
    let found: Vec<&Matched> = hit.matched.iter().filter(|one| one.field == Field::Variable).collect();
    let first = found.first()?;
    let many = found.len() + hit.more_variables > 1;
    let mut out = if many { t("variables") } else { t("variable") }.to_owned();
    for (at, one) in found.iter().enumerate() {
        out.push_str(if at == 0 { " <code>" } else { ", <code>" });
        marked(&one.text.text, &one.text.marks, &mut out);
        out.push_str("</code>");
    }
    if hit.more_variables > 0 {
        out.push(' ');
        out.push_str(&fill("and {} more", &[&hit.more_variables]));
    }
    if let Some(note) = found.iter().find_map(|one| one.note.as_ref()).or(first.note.as_ref()) {
        let end = note.text.char_indices().nth(80).map_or(note.text.len(), |(at, _)| at);
        out.push_str(" (");
        let inside: Vec<_> = note.marks.iter().copied().filter(|mark| mark.1 <= end).collect();
        marked(&note.text[..end], &inside, &mut out);
        out.push_str(if end < note.text.len() { "…)" } else { ")" });
    }
    Some(out)
}

fn beginning(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => {
            format!("{} …", text[..end].rsplit_once(' ').map_or(&text[..end], |(head, _)| head))
        }
    }
}

/// The line above the results, for eyes and the live region.
pub(super) fn count_line(answer: &Answer) -> String {
    let (n, of) = (&Count(answer.total), &Count(answer.of));
    match (answer.total, answer.partial) {
        (0, _) => fill("None of {} datasets matches", &[of]),
        (1, true) => fill("No dataset has all words; {} dataset has some", &[n]),
        (_, true) => fill("No dataset has all words; {} datasets have some", &[n]),
        (1, _) => fill("{} of {} datasets matches", &[n, of]),
        (_, _) => fill("{} of {} datasets match", &[n, of]),
    }
}

/// What to do when nothing, or not all, was found; links carry the query that they stand for.
pub(super) fn help(answer: &Answer, state: &State) -> String {
    let mut out = String::new();
    let link = |state: &State, text: &str| {
        format!("<a href=\"?{}\" data-go>{}</a>", escaped(&state.to_params()), escaped(text))
    };
    let with_text = |text: String| State { text, ..state.clone() };
    if answer.total == 0 && !answer.partial {
        let tried = match state.text.trim() {
            "" => t("these filters").to_owned(),
            text => format!("<span class=\"mono\">{}</span>", escaped(text)),
        };
        out.push_str(&format!("<p><b>{}</b></p>", fill("No dataset matches {}.", &[&tried])));
    }
    if !answer.corrections.is_empty() {
        let near: Vec<String> = answer
            .corrections
            .iter()
            .take(6)
            .map(|one| {
                let text = replace_word(&state.text, &one.typed, &one.meant);
                format!("{} ({})", link(&with_text(text), &one.meant), one.datasets)
            })
            .collect();
        let what = if answer.total == 0 || answer.partial {
            t("Nearest words in the catalogue")
        } else {
            t("Read as")
        };
        out.push_str(&format!("<p class=\"meta\">{what}: {}.</p>", near.join(", ")));
    }
    if answer.words.len() > 1 && (answer.partial || answer.total == 0) {
        let alone: Vec<String> = answer
            .words
            .iter()
            .filter(|word| word.datasets > 0)
            .take(6)
            .map(|word| format!("{} ({})", link(&with_text(word.text.clone()), &word.text), word.datasets))
            .collect();
        if !alone.is_empty() {
            out.push_str(&format!("<p class=\"meta\">{}: {}.</p>", t("Each word alone"), alone.join(", ")));
        }
    }
    if answer.total < answer.without_filters && !state.filters.is_empty() && answer.total == 0 {
        let text = with_text(state.text.clone());
        let without = State { filters: Default::default(), ..text };
        out.push_str(&format!(
            "<p class=\"meta\">{}: {}. {} ({}).</p>",
            t("Filters are on"),
            escaped(&state.filters.to_string()),
            link(&without, t("Search without them")),
            answer.without_filters
        ));
    }
    if answer.total == 0 {
        out.push_str(&format!(
            "<p class=\"meta\">{}</p>",
            link(&State::default(), &fill("Show all {} datasets", &[&Count(answer.of)]))
        ));
    }
    if out.is_empty() { out } else { format!("<div class=\"help\">{out}</div>") }
}

fn replace_word(text: &str, typed: &str, meant: &str) -> String {
    let small = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    match small(text).find(&small(typed)) {
        Some(at) if text.is_char_boundary(at) && text.is_char_boundary(at + typed.len()) => {
            format!("{}{meant}{}", &text[..at], &text[at + typed.len()..])
        }
        _ => meant.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use pinfold_core::search::{Doc, DocVariable, Layout, Query, Request, Synonyms, build};

    use super::*;

    const MARKUP: &str = "<img src=x onerror=alert(1)>\"'&";

    /// The card of the one dataset, for a query.
    fn card(doc: Doc, query: &str) -> String {
        let files = build(&[doc], &Synonyms::new(), Layout::default());
        let mut index = Index::open(files[0].bytes.clone()).unwrap();
        files[1..].iter().for_each(|file| index.supply(&file.name, file.bytes.clone()).unwrap());
        let query = Query::parse(query, true);
        let answer = index.search(&Request { query, limit: 5, ..Request::default() }).unwrap();
        let cards = results(&index, &answer, "../");
        assert_eq!(cards.len(), 1);
        format!("{}{}{}", cards[0].picture.clone().unwrap_or_default(), cards[0].why, cards[0].after)
    }

    fn text(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    #[test]
    fn a_card_says_who_where_when_what_and_under_which_terms() {
        let doc = Doc {
            cid: "bafycid".to_owned(),
            title: "Cloud radar".to_owned(),
            summary: "Reflectivity of a radar that looks up.".to_owned(),
            people: ["A One", "B Two", "C Three", "D Four"].map(str::to_owned).to_vec(),
            platforms: text("RV Alkyone"),
            variables: vec![
                DocVariable {
                    name: "Zh".to_owned(),
                    long_name: "radar reflectivity".to_owned(),
                    ..Default::default()
                },
                DocVariable { name: "vm".to_owned(), ..Default::default() },
            ],
            license: "CC-BY-4.0".to_owned(),
            format: "Zarr v3".to_owned(),
            doi: Some("10.5072/bafycid".to_owned()),
            time: Some((20_000, 20_000)),
            picture: true,
            ..Doc::default()
        };
        let card = card(doc, "radar");
        for part in [
            "<a href=\"../ds/bafycid/\">Cloud <mark>radar</mark></a>",
            "src=\"../ds/bafycid/thumbnail.svg\"",
            "A One, B Two, C Three <span class=\"quiet\">and 1 more</span> · RV Alkyone",
            "Reflectivity of a <mark>radar</mark> that looks up.",
            "variable <code>Zh</code> (<mark>radar</mark> reflectivity)",
            "4 Oct 2024",
            "2 variables",
            "<a class=\"tag is\" href=\"https://doi.org/10.5072/bafycid\">DOI</a>",
            "<span class=\"tag\">CC BY 4.0</span>",
        ] {
            assert!(card.contains(part), "no {part} in {card}");
        }
    }

    #[test]
    fn whatever_stands_in_a_record_is_text() {
        let evil = |what: &str| format!("{what} {MARKUP}");
        let doc = Doc {
            cid: evil("cid"),
            title: evil("evil"),
            summary: evil("evil summary"),
            people: text(&evil("evil person")),
            platforms: text(&evil("evil platform")),
            instruments: text(&evil("evil instrument")),
            campaigns: text(&evil("evil campaign")),
            keywords: text(&evil("evil keyword")),
            variables: vec![DocVariable {
                name: evil("evil"),
                long_name: evil("evil name"),
                ..DocVariable::default()
            }],
            license: evil("evil licence"),
            format: evil("evil format"),
            level: evil("evil level"),
            doi: Some(evil("10.5072/evil")),
            picture: true,
            ..Doc::default()
        };
        let card = card(doc, "evil");
        assert!(!card.contains("<img src=x") && !card.contains("x onerror=alert(1)>"), "{card}");
        // Quotes end no attribute: those that are left are ours.
        assert!(!card.contains("\"'&") && card.matches("&lt;img src=x").count() >= 10, "{card}");
        for field in [
            "person",
            "platform",
            "instrument",
            "campaign",
            "keyword",
            "processing level",
            "licence",
            "format",
        ] {
            assert!(card.contains(&format!("{field} <mark>evil</mark>")), "no {field} in {card}");
        }
    }
}
