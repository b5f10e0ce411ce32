//! The hits as files: CSV, JSON and a pinset of CIDs.

use js_sys::Array;
use pinfold_core::search::dates::iso;
use pinfold_core::search::{Details, Index, Record};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::shared::time::sleep;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A table with one line for each dataset.
    Csv,
    /// A list of objects.
    Json,
    /// One CID a line, as `ipfs pin add` reads them.
    Pins,
}

impl Kind {
    /// By the name in the page.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "pins" => Some(Self::Pins),
            _ => None,
        }
    }

    /// File name and media type.
    pub(super) fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("datasets.csv", "text/csv"),
            Self::Json => ("datasets.json", "application/json"),
            Self::Pins => ("pinset.txt", "text/plain"),
        }
    }
}

/// The datasets in their order.
pub(super) fn write(kind: Kind, index: &Index, docs: &[u32]) -> String {
    let records = docs.iter().filter_map(|doc| index.record(*doc).zip(index.details(*doc)));
    match kind {
        Kind::Pins => records.map(|(record, _)| format!("{}\n", record.cid)).collect(),
        Kind::Csv => {
            let head = "cid,title,people,platforms,start,end,variables,doi,license\r\n".to_owned();
            head + &records.map(|(record, details)| csv_line(&record, &details)).collect::<String>()
        }
        Kind::Json => {
            let list: Vec<String> = records.map(|(record, details)| object(&record, &details)).collect();
            format!("[{}]\n", list.join(",\n "))
        }
    }
}

fn people<'a>(record: &Record<'a>, details: &Details<'a>) -> Vec<&'a str> {
    record.people.iter().chain(&details.people).copied().collect()
}

fn csv_line(record: &Record, details: &Details) -> String {
    let (start, end) = record.time.map(|(start, end)| (iso(start), iso(end))).unwrap_or_default();
    let cells = [
        record.cid.to_owned(),
        record.title.to_owned(),
        people(record, details).join("; "),
        record.platforms.join("; "),
        start,
        end,
        record.n_variables.to_string(),
        record.doi.clone().unwrap_or_default(),
        record.license.to_owned(),
    ];
    cells.map(|cell| csv_cell(&cell)).join(",") + "\r\n"
}

/// RFC 4180; a spreadsheet must not take a text for a formula.
fn csv_cell(text: &str) -> String {
    let text =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A JSON string.
fn string(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

fn list(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| string(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// By hand: `serde_json` would be a tenth of the page's program.
fn object(record: &Record, details: &Details) -> String {
    let time = match record.time {
        Some((start, end)) => {
            format!("{{\"start\": {}, \"end\": {}}}", string(&iso(start)), string(&iso(end)))
        }
        None => "null".to_owned(),
    };
    let variables: Vec<&str> = details.variables.iter().map(|variable| variable.name).collect();
    format!(
        "{{\"cid\": {}, \"title\": {}, \"people\": {}, \"platforms\": {}, \"time\": {time}, \"variables\": {}, \"doi\": {}, \"license\": {}}}",
        string(record.cid),
        string(record.title),
        list(&people(record, details)),
        list(&record.platforms),
        list(&variables),
        record.doi.as_deref().map_or("null".to_owned(), string),
        string(record.license),
    )
}

/// Hands a text to the visitor as a file.
pub(super) async fn download(name: &str, media_type: &str, text: &str) -> Option<()> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let document = web_sys::window()?.document()?;
    let link: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser reads it in its own time.
    sleep(10_000).await;
    let _ = Url::revoke_object_url(&address);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_text() {
        assert_eq!(csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("plain"), "plain");
    }

    #[test]
    fn objects_are_json() {
        let record = Record {
            cid: "bafy",
            title: "a \"b\" \\ \u{1}",
            people: vec!["x", "y"],
            time: Some((0, 1)),
            ..Record::default()
        };
        let read: serde_json::Value =
            serde_json::from_str(&object(&record, &Details::default())).expect("is JSON");
        assert_eq!(read["title"], "a \"b\" \\ \u{1}");
        assert_eq!(read["time"]["end"], "1970-01-02");
        assert_eq!(read["people"][1], "y");
    }
}
