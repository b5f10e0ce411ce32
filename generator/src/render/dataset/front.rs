//! Above the text of a landing page: where it belongs, notices, the facts in a row.

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::cf::units::to_metres;
use pinfold_core::model::Dataset;

use super::super::{Kind, Renderer, is_current, listing, markdown, text};

pub(super) fn crumbs(renderer: &Renderer<'_>, dataset: &Dataset, root: &str) -> Vec<Value> {
    let mut out = Vec::new();
    let platform = dataset.platforms.first().or(dataset.platform.as_ref());
    if let Some(name) = platform
        && let Some(path) = renderer.groups.path(Kind::Platform, name)
    {
        out.push(context! { text => text::line(name, 60), href => format!("{root}{path}") });
    }
    if let Some(last) = dataset.pins.first().and_then(|p| p.path.rsplit('/').find(|p| !p.is_empty())) {
        out.push(context! { text => text::line(last, 80) });
    }
    out
}

pub(super) fn notices(renderer: &Renderer<'_>, dataset: &Dataset, root: &str) -> Vec<Value> {
    let mut out = Vec::new();
    if let Some(withdrawn) = &dataset.withdrawn {
        let reason = withdrawn.reason.as_deref().map(|r| text::line(r, 500)).filter(|r| !r.is_empty());
        let reason = reason.map(|r| format!(": {}", r.trim_end_matches('.'))).unwrap_or_default();
        out.push(context! {
            kind => "bad",
            lead => "This dataset was withdrawn",
            text => format!("on {}{reason}. The record below remains; the data are no longer offered.", text::moment(&withdrawn.date).words),
        });
    }
    if let Some(date) = &dataset.embargo {
        out.push(context! {
            kind => "",
            lead => "The data are not presented yet.",
            text => format!("Pictures, values and links to the data appear from {} on.", text::moment(date).words),
        });
    }
    let newest = dataset.versions.iter().find(|v| v.current && v.cid != dataset.cid);
    if let Some(newest) = newest.filter(|_| !is_current(dataset)) {
        let date =
            newest.date.as_deref().map(|d| format!(" of {}", text::moment(d).words)).unwrap_or_default();
        let mut links = Vec::new();
        if renderer.entry(&newest.cid).is_some() {
            links.push(context! { href => format!("{root}ds/{}/", newest.cid), text => "Go to the newest" });
        }
        if dataset.versions.len() > 1 {
            links.push(context! { href => "#versions", text => "see all versions" });
        }
        out.push(context! { kind => "", lead => "There is a newer version", text => format!("{}. This page {}.", date.trim_start(), if dataset.doi.as_ref().is_some_and(|d| d.state == "registered") { "and its DOI stay" } else { "stays" }), links });
    }
    out
}

pub(super) fn facts(renderer: &Renderer<'_>, dataset: &Dataset, root: &str) -> Vec<Value> {
    let mut out = Vec::new();
    let plain = |text: String| vec![context! { text }];
    let grouped = |kind: Kind, list: &[String], whole: &Option<String>| -> Vec<Value> {
        let whole: Vec<String> = whole.iter().filter(|_| list.is_empty()).cloned().collect();
        list.iter()
            .chain(&whole)
            .take(6)
            .map(|n| context! { text => text::line(n, 60), href => renderer.groups.path(kind, n).map(|p| format!("{root}{p}")) })
            .collect()
    };
    if let Some(time) = &dataset.extent.time {
        out.push(context! { name => "Time", time => text::values(&text::range(&time.start, &time.end)) });
    }
    if let Some(place) = dataset.extent.bbox.and_then(text::place) {
        out.push(context! { name => "Place", items => plain(place) });
    }
    if let Some(words) = dataset.extent.vertical.as_ref().and_then(vertical) {
        out.push(words);
    }
    let platforms = grouped(Kind::Platform, &dataset.platforms, &dataset.platform);
    if !platforms.is_empty() {
        out.push(context! { name => if platforms.len() > 1 { "Platforms" } else { "Platform" }, items => platforms });
    }
    let campaigns = grouped(Kind::Campaign, &dataset.projects, &dataset.project);
    if !campaigns.is_empty() {
        out.push(context! { name => if campaigns.len() > 1 { "Campaigns" } else { "Campaign" }, items => campaigns });
    }
    if !dataset.instruments.is_empty() {
        out.push(context! { name => "Instrument", items => plain(text::line(&dataset.instruments.join(", "), 90)) });
    }
    if let Some(level) = &dataset.processing_level {
        out.push(context! { name => "Processing level", items => plain(text::line(level, 60)) });
    }
    let mut size = if dataset.size_bytes > 0 { text::bytes(dataset.size_bytes) } else { String::new() };
    if !dataset.format.is_empty() {
        if !size.is_empty() {
            size.push_str(", ");
        }
        size.push_str(&text::line(&dataset.format, 30));
    }
    if !size.is_empty() {
        out.push(context! { name => "Size", items => plain(size) });
    }
    if let Some(licence) = &dataset.license {
        let words = listing::licence(dataset).unwrap_or_else(|| text::line(&licence.text, 60));
        let href = licence.url.as_deref().filter(|u| markdown::is_safe_url(u)).map(markdown::tidy_url);
        if !words.is_empty() {
            out.push(context! { name => "Licence", items => vec![context! { text => words, href }] });
        }
    }
    out
}

fn vertical(v: &pinfold_core::model::Vertical) -> Option<Value> {
    if !v.min.is_finite() || !v.max.is_finite() {
        return None;
    }
    let units = text::line(&v.units, 20);
    let pressure = matches!(units.as_str(), "Pa" | "hPa" | "mbar" | "millibar" | "dbar");
    let down = v.positive.as_deref() == Some("down");
    let name = if pressure {
        "Pressure"
    } else if down {
        "Depth"
    } else {
        "Height"
    };
    // `meters above Mean Sea Level` is what real producers write; the heading says that it is a height.
    let metres = units == "m" || to_metres(&units) == Some(1.0);
    let (scale, unit) = match units.as_str() {
        _ if metres && v.max.abs() >= 2000.0 => (1000.0, "km".to_owned()),
        _ if metres => (1.0, "m".to_owned()),
        "Pa" => (100.0, "hPa".to_owned()),
        _ => (1.0, units),
    };
    let places = if (v.max - v.min).abs() / scale >= 100.0 { 0 } else { 1 };
    let words =
        format!("{} – {} {unit}", text::decimal(v.min / scale, places), text::decimal(v.max / scale, places));
    Some(context! { name, items => vec![context! { text => text::line(&words, 60) }] })
}
